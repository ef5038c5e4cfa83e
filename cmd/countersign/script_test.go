package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run the program itself, and an MCP host that starts it as
// its child. The host is a process of its own, because no process below a client
// may approve what that client has requested.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"countersign": main,
		"mcphost":     func() { os.Exit(runHost(context.Background(), os.Stdin, os.Stdout)) },
	})
}

// TestScripts plays whole sessions with the real program: servers over stdio, a
// sandbox as a process of its own, persons at terminals.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scriptsDir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, scripts(nil, files...))
}

var scriptsDir = filepath.Join("..", "..", "testdata", "scripts")

// scripts returns the parameters of some scripts; p is set for the stories that are
// played on every cloud.
func scripts(p *play, files ...string) testscript.Params {
	return testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(env *testscript.Env) error { return setupScript(env, p) },
		Condition: func(condition string) (bool, error) {
			switch condition {
			case "legacy":
				return p != nil && p.legacy, nil
			case "http":
				return p != nil && p.http, nil
			case "priced":
				return p != nil && p.row.price != "UNKNOWN", nil
			case "numbers": // its block has a number
				return p != nil && p.row.number() != "", nil
			case "renames": // its harmless change is a rename
				return p != nil && strings.Contains(p.row.update, `"name"`), nil
			case "unclear": // the cloud cannot identify a lost create among machines of the same name
				return p != nil && p.row.namesakes == "unknown", nil
			}
			return false, fmt.Errorf("unknown condition %q", condition)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox": cmdSandbox, "post": cmdPost, "get": cmdGet, "fault": cmdFault, "sent": cmdSent, "body": cmdBody,
			"server": cmdServer, "shutdown": cmdShutdown, "web": cmdWeb,
			"client": cmdClient, "person": cmdPerson, "call": cmdCall, "start": cmdStart, "finish": cmdFinish,
			"asked": cmdAsked, "answer": cmdAnswer, "answered": cmdAnswered, "breaks": cmdBreaks, "tools": cmdTools,
			"prompts": cmdPrompts, "prompt": cmdPrompt, "complete": cmdComplete,
			"cancel": cmdCancel, "terminate": cmdTerminate, "vanish": cmdVanish, "await": cmdAwait, "servers": cmdServers, "until": cmdUntil,
			"terminal": cmdTerminal, "screen": cmdScreen, "press": cmdPress, "type": cmdType, "under": cmdUnder, "loose": cmdLoose,
			"exits": cmdExits, "rpc": cmdRPC, "nowhere": cmdNowhere, "longline": cmdLongLine, "sql": cmdSQL,
			"recompute": cmdRecompute, "logged": cmdLogged,
			"question": cmdQuestion, "progress": cmdProgress, "crash": cmdCrash, "close": cmdClose, "json": cmdJSON,
			"lookup": cmdLookup, "made": cmdMade, "remove": cmdRemove, "write": cmdWrite, "issuer": cmdIssuer, "keep": cmdKeep,
			"edit": cmdEdit, "uncovered": cmdUncovered, "everytool": cmdEveryTool, "many": cmdMany, "unlisted": cmdUnlisted,
		},
	}
}

func setupScript(env *testscript.Env, p *play) error {
	env.Setenv("COUNTERSIGN_STATE", filepath.Join(env.WorkDir, "state"))
	env.Setenv("COUNTERSIGN_LOG_LEVEL", "warn")
	env.Setenv("COUNTERSIGN_RETRIES", "0") // stories count faults; retries.txtar tests retries
	// Persons in scripts read fast; the script about fast answers resets this.
	env.Setenv("COUNTERSIGN_FORM_MIN_SECONDS", "0")
	env.Setenv("HOME", env.WorkDir)
	goldens, err := filepath.Abs(filepath.Join("..", "..", "testdata", "tools"))
	if err != nil {
		return err
	}
	env.Setenv("GOLDENS", goldens)
	// The race detector would delay the end of each process by a second.
	env.Setenv("GORACE", "atexit_sleep_ms=0")
	env.Values[worldKey{}] = &world{hosts: map[string]*host{}, servers: map[string]*httpServer{}, terminals: map[string]*terminal{}, play: p}
	if p != nil {
		p.row.set(env)
	}
	env.Defer(func() { worldOf(env).end() })
	return nil
}
