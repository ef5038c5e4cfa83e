//go:build unix

package logging_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"countersign/internal/logging"
)

const roleVariable = "LOGGING_TEST_ROLE"

// TestMain also serves as a program that logs to its stderr after its input
// has ended.
func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) == "" {
		os.Exit(m.Run())
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	for _, format := range logging.Formats() {
		l, err := logging.New(os.Stderr, "info", format)
		if err != nil {
			os.Exit(3)
		}
		l.Info().Msg("x")
		l.Info().Msg("y")
	}
	fmt.Println("still here")
}

func TestTheProgramOutlivesTheReaderOfItsStderr(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), roleVariable+"=1")
	cmd.Stderr = writer
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
	for _, end := range []io.Closer{writer, reader, input} {
		if err := end.Close(); err != nil {
			t.Fatal(err)
		}
	}
	said, err := io.ReadAll(output)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || string(said) != "still here\n" {
		t.Errorf("said %q, ended with %v", said, err)
	}
}
