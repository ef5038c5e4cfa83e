package config_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/config"
)

const mark = "MARKED-KEY-0123456789"

// TestCredential pins every source of a key and its errors. No error contains the key.
func TestCredential(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of a POSIX shell")
	}
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		name       string
		env        map[string]string
		key        string
		err        string // part of the error
		configured bool
	}{
		{"variable", map[string]string{"ACME_API_KEY": mark}, mark, "", true},
		{"variable with space around", map[string]string{"ACME_API_KEY": "  " + mark + "\n"}, mark, "", true},
		{"file", map[string]string{"ACME_API_KEY_FILE": file("key", mark+"\n")}, mark, "", true},
		{"command", map[string]string{"ACME_API_KEY_COMMAND": "printf '%s\\n' " + mark}, mark, "", true},
		{"variable before file before command", map[string]string{
			"ACME_API_KEY": mark, "ACME_API_KEY_FILE": file("other", "other"), "ACME_API_KEY_COMMAND": "echo third",
		}, mark, "", true},
		{"file before command", map[string]string{
			"ACME_API_KEY": "", "ACME_API_KEY_FILE": file("second", mark), "ACME_API_KEY_COMMAND": "echo third",
		}, mark, "", true},
		{"none", nil, "", "no key: set ACME_API_KEY, ACME_API_KEY_FILE, ACME_API_KEY_COMMAND", false},
		{"all empty", map[string]string{"ACME_API_KEY": "", "ACME_API_KEY_FILE": "", "ACME_API_KEY_COMMAND": ""}, "", "no key: set", false},
		{"only space", map[string]string{"ACME_API_KEY": " \t\n"}, "", "ACME_API_KEY gives an empty key", true},
		{"empty file", map[string]string{"ACME_API_KEY_FILE": file("empty", "\n")}, "", "ACME_API_KEY_FILE gives an empty key", true},
		{"silent command", map[string]string{"ACME_API_KEY_COMMAND": "true"}, "", "ACME_API_KEY_COMMAND gives an empty key", true},
		{"missing file", map[string]string{"ACME_API_KEY_FILE": filepath.Join(dir, "missing-"+mark)}, "", "ACME_API_KEY_FILE names a file that cannot be read", true},
		{"folder", map[string]string{"ACME_API_KEY_FILE": dir}, "", "ACME_API_KEY_FILE names a file that cannot be read", true},
		{"failing command", map[string]string{"ACME_API_KEY_COMMAND": "echo " + mark + "; echo " + mark + " >&2; exit 3"}, "", "the command in ACME_API_KEY_COMMAND failed", true},
		{"no such command", map[string]string{"ACME_API_KEY_COMMAND": "/nowhere/" + mark}, "", "the command in ACME_API_KEY_COMMAND failed", true},
		{"two lines", map[string]string{"ACME_API_KEY": mark + "\n" + mark}, "", "ACME_API_KEY gives a key with characters that no key has", true},
		{"a header of its own", map[string]string{"ACME_API_KEY": mark + "\r\nX-Evil: 1"}, "", "characters that no key has", true},
		{"not ASCII", map[string]string{"ACME_API_KEY": mark + "é"}, "", "characters that no key has", true},
		{"zero-width space", map[string]string{"ACME_API_KEY": mark + "\u200b"}, "", "characters that no key has", true},
		{"binary file", map[string]string{"ACME_API_KEY_FILE": file("binary", "\x7fELF"+mark)}, "", "ACME_API_KEY_FILE gives a key with characters", true},
	}
	for _, test := range tests {
		c := config.NewCredential("ACME_API_KEY", lookupIn(test.env))
		if c.Configured() != test.configured {
			t.Errorf("%s: configured %v", test.name, c.Configured())
		}
		key, err := c.Key(t.Context())
		if test.err == "" {
			if err != nil || key.Reveal() != test.key {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), mark) || !key.IsZero() {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if got := config.NewCredential("ACME_API_KEY", lookupIn(nil)).Variables(); !slices.Equal(got, []string{"ACME_API_KEY", "ACME_API_KEY_FILE", "ACME_API_KEY_COMMAND"}) {
		t.Errorf("variables %v", got)
	}
}

// TestCheckCredential pins what stops a server at its start instead of failing its first
// call: a file that gives no key, and two sources of one key.
func TestCheckCredential(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "key")
	if err := os.WriteFile(good, []byte(mark), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, want string
		env        map[string]string
	}{
		{"none", "", nil},
		{"a file", "", map[string]string{"ACME_API_KEY": "", "ACME_API_KEY_FILE": good}},
		{"a command", "", map[string]string{"ACME_API_KEY_COMMAND": "exit 3"}},
		{"no file", "ACME_API_KEY_FILE names a file that cannot be read: no such file or directory", map[string]string{"ACME_API_KEY_FILE": filepath.Join(dir, mark)}},
		{"two", "ACME_API_KEY and ACME_API_KEY_FILE are both set", map[string]string{"ACME_API_KEY": mark, "ACME_API_KEY_FILE": good}},
		{"other two", "ACME_API_KEY_FILE and ACME_API_KEY_COMMAND are both set", map[string]string{"ACME_API_KEY_FILE": good, "ACME_API_KEY_COMMAND": "cat"}},
	} {
		err := config.NewCredential("ACME_API_KEY", lookupIn(test.env)).Check()
		if (err == nil) != (test.want == "") || err != nil && (!strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), mark)) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestKeyIsReadOnce pins that a key is cached, and that a failed read is repeated.
func TestKeyIsReadOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	c := config.NewCredential("ACME_API_KEY", lookupIn(map[string]string{"ACME_API_KEY_FILE": path}))
	if _, err := c.Key(t.Context()); err == nil {
		t.Fatal("a missing file gave a key")
	}
	if err := os.WriteFile(path, []byte(mark), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Key(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if key, err := c.Key(t.Context()); err != nil || key.Reveal() != mark {
		t.Errorf("the key was not kept: %v", err)
	}
}

// TestCommandThatHangs pins that a command that does not end, or leaves a child that
// holds its output open, does not block the call forever.
func TestCommandThatHangs(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of a POSIX shell")
	}
	for _, command := range []string{"sleep 20", "sleep 20 & sleep 20", "sleep 20 & echo " + mark} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			start := time.Now()
			_, err := config.NewCredential("ACME_API_KEY", lookupIn(map[string]string{"ACME_API_KEY_COMMAND": command})).Key(ctx)
			if waited := time.Since(start); waited > 10*time.Second || err != nil && strings.Contains(err.Error(), mark) {
				t.Errorf("%v after %s", err, waited)
			}
		})
	}
}
