package main

import (
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// lockedBuffer is a buffer that a process writes and its script reads.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String returns what was written so far.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// cmdCancel cancels the call of start, as a host does when its user presses stop:
// cancel NAME.
func cmdCancel(ts *testscript.TestScript, _ bool, args []string) {
	h := onlyHost(ts, args)
	h.order(ts, hostOrder{Cancel: h.pending})
}

// cmdTerminate sends SIGTERM to a client's server, whose input stays open:
// terminate NAME.
func cmdTerminate(ts *testscript.TestScript, _ bool, args []string) {
	h := onlyHost(ts, args)
	h.order(ts, hostOrder{Terminate: true})
	h.await(ts, func(r hostReport) bool { return r.Done == "terminate" })
}

// cmdVanish kills a client. Its server then has a closed input, an output that
// nobody reads, and no parent: vanish NAME.
func cmdVanish(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(onlyHost(ts, args).cmd.Process.Kill())
}

func onlyHost(ts *testscript.TestScript, args []string) *host {
	if len(args) != 1 {
		ts.Fatalf("one client is needed, not %q", args)
	}
	return hostNamed(ts, args[0])
}

// pollEvery is the polling interval of a script.
const pollEvery = 10 * time.Millisecond

// poll waits until look returns true.
func poll(ts *testscript.TestScript, what string, look func() bool) {
	for end := time.Now().Add(patience); !look(); time.Sleep(pollEvery) {
		if time.Now().After(end) {
			ts.Fatalf("waited in vain for %s", what)
		}
	}
}

// cmdAwait waits until the sandbox has received that many requests: await N VENDOR
// METHOD PATH | await N create|update|stop|delete|list.
func cmdAwait(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: await N ROUTE")
	}
	vendor, method, path := route(ts, args[1:])
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	poll(ts, strings.Join(args, " "), func() bool { return count(ts, vendor, method, path) >= want })
}

// cmdUntil repeats a call until a member of its output, or of its error object,
// matches: until NAME TOOL JSON PATH REGEXP. The last result becomes stdout and
// stderr.
func cmdUntil(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 5 {
		ts.Fatalf("usage: until NAME TOOL JSON PATH REGEXP")
	}
	h, want := hostNamed(ts, args[0]), regexp.MustCompile(args[4])
	var last hostReport
	defer func() { showResult(ts, last) }()
	poll(ts, strings.Join(args[3:], " to be "), func() bool {
		cmdStart(ts, false, args[:3])
		last = h.await(ts, func(r hostReport) bool { return r.ID == h.pending })
		if last.Failed != "" {
			ts.Fatalf("the call broke: %s", last.Failed)
		}
		value, ok := dig(ts, string(outputOf(last)), args[3])
		return ok && want.MatchString(value)
	})
}

// outputOf returns the typed output or the error object of a call.
func outputOf(r hostReport) []byte {
	if r.Result.IsError {
		return r.Result.Error
	}
	return r.Result.Structured
}

func showResult(ts *testscript.TestScript, r hostReport) {
	if r.Result == nil {
		return
	}
	_, _ = ts.Stdout().Write(append(outputOf(r), '\n'))
	_, _ = ts.Stderr().Write([]byte(strings.Join(r.Result.Text, "\n") + "\n"))
}

// cmdServers waits until that many processes are registered in the state: servers
// N.
func cmdServers(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: servers N")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	poll(ts, args[0]+" servers", func() bool {
		locks, err := filepath.Glob(filepath.Join(ts.Getenv("COUNTERSIGN_STATE"), "instances", "*.lock"))
		ts.Check(err)
		return len(locks) == want
	})
}

// cmdExits runs a program that has to exit with this code: exits CODE PROGRAM
// ARG...
func cmdExits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARG ...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		code = failed.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("it ended with code %d, want %s", code, args[0])
	}
}
