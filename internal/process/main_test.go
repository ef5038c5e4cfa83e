package process_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"countersign/internal/process"
)

// The test binary is started again as other processes.
const (
	roleVariable     = "PROCESS_TEST_ROLE"
	dirVariable      = "PROCESS_TEST_DIR"
	ancestorVariable = "PROCESS_TEST_ANCESTOR"
)

// roles are what such a process does before it ends. Each prints one line and
// then waits for the end of its input.
func roles() map[string]func() error {
	return map[string]func() error{
		"register": register, "who": who, "parent": parent, "trace": trace, "relay": relay, "orphan": orphan, "leave": leave,
	}
}

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	err := roles()[role]()
	if err == nil {
		_, err = io.Copy(io.Discard, os.Stdin)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// running is a started process and what it printed first.
type running struct {
	*exec.Cmd
	line string
}

// start starts a program, the test binary or a link to it, in a role and waits
// for its line.
func start(t *testing.T, program, role string, variables ...string) running {
	t.Helper()
	cmd := exec.Command(program)
	// A program with the race detector waits a second before it ends by default.
	cmd.Env = append(append(os.Environ(), "GORACE=atexit_sleep_ms=0", roleVariable+"="+role), variables...)
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close()
		_ = cmd.Wait() // an error if the test has waited already
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("%s printed nothing: %v", role, err)
	}
	return running{cmd, strings.TrimSpace(line)}
}

// self is the path of the test binary.
func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// kill kills a process and waits until it has ended.
func (r running) kill(t *testing.T) {
	t.Helper()
	if err := r.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := r.Wait(); err == nil {
		t.Fatal("the process ended by itself")
	}
}

// text and parseIdent carry an Ident from one process to another.
func text(i process.Ident) string { return fmt.Sprintf("%d:%d", i.PID, i.Started) }

func parseIdent(s string) (i process.Ident, err error) {
	_, err = fmt.Sscanf(s, "%d:%d", &i.PID, &i.Started)
	return i, err
}

// register prints its instance ID.
func register() error {
	instance, err := process.Register(os.Getenv(dirVariable))
	if err != nil {
		return err
	}
	_, err = fmt.Println(instance.ID())
	// The lock is held as long as it is referenced.
	_, err2 := io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, err2, instance.Close())
}

// who prints who it is.
func who() error {
	_, err := fmt.Println(text(process.Self()))
	return err
}

// parent prints who started it.
func parent() error {
	p, ok := process.Parent()
	_, err := fmt.Println(text(p), ok)
	return err
}

// trace prints whether it descends from the ancestor.
func trace() error {
	ancestor, err := parseIdent(os.Getenv(ancestorVariable))
	if err != nil {
		return err
	}
	found, err := process.DescendsFrom(ancestor)
	_, err2 := fmt.Println(found, err)
	return err2
}

// relay starts trace one process further down.
func relay() error { return below("trace", os.Stdin).Run() }

// leave starts orphan and ends.
func leave() error {
	cmd := below("orphan", os.Stdin)
	cmd.Env = append(cmd.Env, ancestorVariable+"="+text(process.Self()))
	if err := cmd.Start(); err != nil {
		return err
	}
	os.Exit(0)
	return nil
}

// orphan traces the process that started it, once that has ended.
func orphan() error {
	left, err := parseIdent(os.Getenv(ancestorVariable))
	if err != nil {
		return err
	}
	for os.Getppid() == left.PID {
		runtime.Gosched()
	}
	return trace()
}

// below is the test binary in another role, a child of this process.
func below(role string, input *os.File) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = input, os.Stdout, os.Stderr
	return cmd
}
