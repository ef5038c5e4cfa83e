package main

import (
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// terminal is a pseudoterminal with a person and one command in it.
type terminal struct {
	cmd     *exec.Cmd
	keys    *os.File // the end that the person types into
	stdout  lockedBuffer
	stderr  lockedBuffer
	ended   chan struct{}
	failure error
}

// startTerminal runs a command with a new terminal as standard input; own makes a
// new session.
func startTerminal(cmd *exec.Cmd, own bool) (*terminal, error) {
	keys, tty, err := openTerminal()
	if err != nil {
		return nil, err
	}
	defer func() { _ = tty.Close() }()
	t := &terminal{cmd: cmd, keys: keys, ended: make(chan struct{})}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, &t.stdout, &t.stderr
	if own {
		cmd.SysProcAttr = controlling()
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _, _ = io.Copy(io.Discard, keys) }() // the echo
	go func() {
		t.failure = cmd.Wait()
		close(t.ended)
	}()
	return t, nil
}

// keysOf returns the text to type: the text itself, or for end-of=TEXT its last six
// characters.
func keysOf(text string) string {
	if id, ok := strings.CutPrefix(text, "end-of="); ok {
		return id[max(0, len(id)-6):]
	}
	return text
}

// press types a line without waiting for the command.
func (t *terminal) press(text string) error {
	_, err := io.WriteString(t.keys, keysOf(text)+"\n")
	return err
}

// typeLine types a line and waits for the end of the command.
func (t *terminal) typeLine(text string) error {
	if err := t.press(text); err != nil {
		return err
	}
	<-t.ended
	return t.failure
}

func (t *terminal) screen() string { return t.stdout.String() + t.stderr.String() }

func (t *terminal) end() {
	_ = t.cmd.Process.Kill()
	<-t.ended
	_ = t.keys.Close()
}

// runInTerminal runs a command in a terminal, types one line and waits.
func runInTerminal(r hostRun) hostRan {
	cmd, own := exec.Command(r.Args[0], r.Args[1:]...), true
	if r.Loose { // forks and ends, so that the command has no parent
		cmd, own = exec.Command("setsid", append([]string{"--fork"}, r.Args...)...), false
	}
	t, err := startTerminal(cmd, own)
	if err != nil {
		return hostRan{Code: -1, Output: err.Error()}
	}
	err = t.typeLine(strings.ReplaceAll(r.Types, `\n`, "\n"))
	ran := hostRan{Code: t.cmd.ProcessState.ExitCode(), Output: t.screen()}
	if err != nil {
		ran.Output += err.Error()
	}
	t.end()
	return ran
}

// cmdTerminal starts a command in a new terminal without waiting: terminal NAME
// PROGRAM [ARG ...].
func cmdTerminal(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: terminal NAME PROGRAM [ARG ...]")
	}
	t, err := startTerminal(command(ts, args[1], args[2:]...), true)
	ts.Check(err)
	theWorld(ts).terminals[args[0]] = t
}

// cmdScreen waits until a terminal shows something: screen NAME REGEXP.
func cmdScreen(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: screen NAME REGEXP")
	}
	t, want := terminalNamed(ts, args[0]), regexp.MustCompile(args[1])
	poll(ts, args[1]+" on the screen", func() bool { return want.MatchString(t.screen()) })
}

// cmdType types a line into a terminal and waits for the end of its command:
// [!] type NAME TEXT.
func cmdType(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: type NAME TEXT")
	}
	t := terminalNamed(ts, args[0])
	timer := time.AfterFunc(patience, func() { _ = t.cmd.Process.Kill() })
	err := t.typeLine(args[1])
	timer.Stop()
	_, _ = io.WriteString(ts.Stdout(), t.stdout.String())
	_, _ = io.WriteString(ts.Stderr(), t.stderr.String())
	if (err != nil) != neg {
		ts.Fatalf("the command ended with %v", err)
	}
}

// cmdPress types a line into a terminal without waiting for its command: press NAME
// TEXT.
func cmdPress(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: press NAME TEXT")
	}
	ts.Check(terminalNamed(ts, args[0]).press(args[1]))
}

func terminalNamed(ts *testscript.TestScript, name string) *terminal {
	t, ok := theWorld(ts).terminals[name]
	if !ok {
		ts.Fatalf("there is no terminal %q", name)
	}
	return t
}

// cmdUnder lets a client run a command in a terminal below itself, as an agent
// with a shell could, and types a line: [!] under NAME TEXT PROGRAM [ARG ...].
func cmdUnder(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: under NAME TEXT PROGRAM [ARG ...]")
	}
	ran := runUnder(ts, args[0], hostRun{Types: args[1], Args: args[2:]})
	if (ran.Code != 0) != neg {
		ts.Fatalf("the command ended with code %d", ran.Code)
	}
}

// cmdLoose lets a client run a command in a terminal that the client made, detached
// from the client: loose NAME TEXT PROGRAM [ARG ...], where \n in TEXT begins a new
// line. The exit code of the command is unknown.
func cmdLoose(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: loose NAME TEXT PROGRAM [ARG ...]")
	}
	runUnder(ts, args[0], hostRun{Types: args[1], Args: args[2:], Loose: true})
}

// runUnder lets a client run a command; its output becomes stdout.
func runUnder(ts *testscript.TestScript, name string, r hostRun) hostRan {
	h := hostNamed(ts, name)
	h.order(ts, hostOrder{Run: &r})
	ran := h.await(ts, func(r hostReport) bool { return r.Ran != nil }).Ran
	_, _ = io.WriteString(ts.Stdout(), strings.TrimSpace(ran.Output)+"\n")
	return *ran
}
