package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"countersign/internal/config"
	"countersign/internal/process"
)

// TestNewAppCleansUp checks that an app which could not be made leaves nothing
// running, open or registered.
func TestNewAppCleansUp(t *testing.T) {
	for _, test := range []struct {
		name, want string
		args       []string
		spoil      func(t *testing.T, state string)
	}{
		{name: "the state folder cannot be opened", want: "countersign.db", spoil: func(t *testing.T, state string) {
			if err := os.Mkdir(filepath.Join(state, "countersign.db"), 0o700); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "the process cannot be registered", want: "register process", spoil: func(t *testing.T, state string) {
			if err := os.WriteFile(filepath.Join(state, "instances"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "the key is damaged", want: "it is damaged", spoil: func(t *testing.T, state string) {
			if err := os.WriteFile(filepath.Join(state, "key"), []byte("short"), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "a toolset is unknown", want: "--toolsets", args: []string{"--toolsets", "nonesuch"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			state := t.TempDir()
			if test.spoil != nil {
				test.spoil(t, state)
			}
			cfg, flags := &config.Config{}, pflag.NewFlagSet("test", pflag.ContinueOnError)
			cfg.Bind(flags)
			if err := flags.Parse(append([]string{"--sandbox", "--state", state}, test.args...)); err != nil {
				t.Fatal(err)
			}
			var log strings.Builder
			a, err := newApp(t.Context(), cfg, streams{err: &log}, appOptions{lookup: func(string) (string, bool) { return "", false }})
			if a != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("app made: %t, error: %v", a != nil, err)
			}
			if strings.Contains(log.String(), "warn") {
				t.Errorf("logged: %s", log.String())
			}
			checkNothingIsLeft(t, state)
		})
	}
}

func checkNothingIsLeft(t *testing.T, state string) {
	t.Helper()
	locks, _ := filepath.Glob(filepath.Join(state, "instances", "*.lock"))
	for _, lock := range locks {
		t.Errorf("%s is still registered: alive %t", lock, process.Alive(state, strings.TrimSuffix(filepath.Base(lock), ".lock")))
	}
	for _, open := range openFiles() {
		if strings.HasPrefix(open, state) {
			t.Errorf("%s is still open", open)
		}
	}
	// The sandbox's goroutine ends shortly after its listener is closed.
	deadline := time.Now().Add(5 * time.Second)
	for sandboxRuns() {
		if time.Now().After(deadline) {
			t.Fatal("the sandbox still runs")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// openFiles returns the paths of this process's open files, on Linux; none
// elsewhere.
func openFiles() []string {
	entries, _ := os.ReadDir("/proc/self/fd")
	var paths []string
	for _, entry := range entries {
		if path, err := os.Readlink(filepath.Join("/proc/self/fd", entry.Name())); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

// sandboxRuns reports whether a goroutine serves the sandbox.
func sandboxRuns() bool {
	stacks := make([]byte, 1<<20)
	return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), ".startSandbox.func")
}
