package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run the program itself, and an MCP host that starts it
// as its child: a process of its own, because nobody below a client may
// approve what that client asked for.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"countersign": main,
		"mcphost":     func() { os.Exit(runHost(context.Background(), os.Stdin, os.Stdout)) },
	})
}

// TestScripts plays whole sessions through the real program: servers over
// stdio, a sandbox of its own process, persons at real terminals.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "scripts"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox": cmdSandbox, "post": cmdPost, "get": cmdGet, "fault": cmdFault, "sent": cmdSent, "body": cmdBody,
			"client": cmdClient, "person": cmdPerson, "call": cmdCall, "start": cmdStart, "finish": cmdFinish,
			"asked": cmdAsked, "answer": cmdAnswer, "answered": cmdAnswered, "breaks": cmdBreaks, "tools": cmdTools,
			"prompts": cmdPrompts, "prompt": cmdPrompt, "complete": cmdComplete,
			"cancel": cmdCancel, "terminate": cmdTerminate, "vanish": cmdVanish, "await": cmdAwait, "servers": cmdServers, "until": cmdUntil,
			"terminal": cmdTerminal, "screen": cmdScreen, "type": cmdType, "under": cmdUnder,
			"exits": cmdExits, "rpc": cmdRPC, "nowhere": cmdNowhere, "longline": cmdLongLine, "sql": cmdSQL,
			"question": cmdQuestion, "progress": cmdProgress, "crash": cmdCrash, "close": cmdClose, "json": cmdJSON,
		},
	})
}

func setupScript(env *testscript.Env) error {
	env.Setenv("COUNTERSIGN_STATE", filepath.Join(env.WorkDir, "state"))
	env.Setenv("COUNTERSIGN_LOG_LEVEL", "warn")
	env.Setenv("COUNTERSIGN_RETRIES", "0") // a story counts its faults; retries.txtar has the retries
	// Persons of scripts read fast; the script about fast answers sets it back.
	env.Setenv("COUNTERSIGN_FORM_MIN_SECONDS", "0")
	env.Setenv("HOME", env.WorkDir)
	// The race detector would keep each of the many processes for a second.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	env.Values[worldKey{}] = &world{hosts: map[string]*host{}, terminals: map[string]*terminal{}}
	env.Defer(func() { worldOf(env).end() })
	return nil
}
