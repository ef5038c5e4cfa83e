package main

import (
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/auth/authtest"
)

// scriptTB gives an issuer the lifetime of a script.
type scriptTB struct{ *testscript.TestScript }

func (s scriptTB) Helper()            {}
func (s scriptTB) Fatal(args ...any)  { s.Fatalf("%s", fmt.Sprintln(args...)) }
func (s scriptTB) Error(args ...any)  { s.Logf("%s", fmt.Sprintln(args...)) }
func (s scriptTB) Cleanup(end func()) { s.Defer(end) }

// cmdIssuer is an issuer of access tokens:
//
//	issuer start                           sets ISSUER to its URL
//	issuer token NAME SUBJECT SCOPES [GROUP ...]  sets NAME to a token for $AUDIENCE
//	issuer break | mend                    takes it out of reach, and back
func cmdIssuer(ts *testscript.TestScript, _ bool, args []string) {
	w := theWorld(ts)
	switch {
	case len(args) == 1 && args[0] == "start":
		w.issuer = authtest.NewIssuer(scriptTB{ts})
		ts.Setenv("ISSUER", w.issuer.URL)
	case len(args) >= 4 && args[0] == "token":
		more := map[string]any{}
		if len(args) > 4 {
			more["groups"] = args[4:]
		}
		ts.Setenv(args[1], w.issuer.Token(ts.Getenv("AUDIENCE"), args[2], strings.ReplaceAll(args[3], ",", " "), more))
	case len(args) == 1 && (args[0] == "break" || args[0] == "mend"):
		w.issuer.Break(args[0] == "break")
	default:
		ts.Fatalf("usage: issuer start | token NAME SUBJECT SCOPES [GROUP ...] | break | mend")
	}
}

// cmdKeep sets a variable to the last stdout: keep NAME.
func cmdKeep(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: keep NAME")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}
