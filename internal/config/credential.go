package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"countersign/internal/cloud"
)

// Credential is the source of the key of one account. It is never a flag.
type Credential struct {
	// Variable is the environment variable that holds the key; with _FILE or
	// _COMMAND appended it names a file that holds it or a command that prints it.
	Variable string
	lookup   func(string) (string, bool)

	mu  sync.Mutex
	key cloud.Secret
}

// NewCredential describes the credential of a variable such as HOSTUP_API_KEY.
func NewCredential(variable string, lookup func(string) (string, bool)) *Credential {
	return &Credential{Variable: variable, lookup: lookup}
}

// Variables lists the variables that configure the credential.
func (c *Credential) Variables() []string {
	return []string{c.Variable, c.Variable + "_FILE", c.Variable + "_COMMAND"}
}

// Configured reports whether one of the variables is set.
func (c *Credential) Configured() bool { return c.InUse() != "" }

// InUse returns the name of the variable that the key comes from; empty if none is set.
func (c *Credential) InUse() string {
	for _, v := range c.Variables() {
		if value, ok := c.lookup(v); ok && value != "" {
			return v
		}
	}
	return ""
}

// Check returns an error for a credential that cannot work: two sources of one key, of
// which it cannot be told which is meant, or a file that cannot be read or holds no key. A
// command is not run before its key is needed.
func (c *Credential) Check() error {
	var set []string
	for _, v := range c.Variables() {
		if value, ok := c.lookup(v); ok && value != "" {
			set = append(set, v)
		}
	}
	if len(set) > 1 {
		return fmt.Errorf("%s are both set, and which of them holds cannot be told; unset one", strings.Join(set[:2], " and "))
	}
	if c.File() == "" {
		return nil
	}
	_, err := c.read(context.Background())
	return err
}

// File returns the path of the file that the key is read from; empty where it comes from
// elsewhere.
func (c *Credential) File() string {
	if c.InUse() != c.Variable+"_FILE" {
		return ""
	}
	path, _ := c.lookup(c.Variable + "_FILE")
	return path
}

const (
	// commandTimeout bounds the run time of a command that prints a key.
	commandTimeout = 30 * time.Second
	// commandLinger is how long its output is still read after it ended, if it left a
	// child that holds the output open.
	commandLinger = time.Second
)

// Key reads the key when it is first needed and keeps it. The error names the
// variable and never the key.
func (c *Credential) Key(ctx context.Context) (cloud.Secret, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.key.IsZero() {
		return c.key, nil
	}
	key, err := c.read(ctx)
	c.key = key
	return key, err
}

func (c *Credential) read(ctx context.Context) (cloud.Secret, error) {
	key, from, err := c.find(ctx)
	if err != nil {
		return cloud.Secret{}, err
	}
	key = strings.TrimSpace(key)
	if key == "" {
		return cloud.Secret{}, fmt.Errorf("%s gives an empty key", from)
	}
	if strings.ContainsFunc(key, func(r rune) bool { return r < '!' || r > '~' }) {
		return cloud.Secret{}, fmt.Errorf("%s gives a key with characters that no key has; is it the right one?", from)
	}
	return cloud.NewSecret(key), nil
}

func (c *Credential) find(ctx context.Context) (key, from string, err error) {
	if value, ok := c.lookup(c.Variable); ok && value != "" {
		return value, c.Variable, nil
	}
	if path, ok := c.lookup(c.Variable + "_FILE"); ok && path != "" {
		raw, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			// The path is not shown: it may be the key, in the wrong variable.
			if pathError, ok := errors.AsType[*fs.PathError](err); ok {
				err = pathError.Err
			}
			return "", "", fmt.Errorf("%s_FILE names a file that cannot be read: %w", c.Variable, err)
		}
		return string(raw), c.Variable + "_FILE", nil
	}
	if command, ok := c.lookup(c.Variable + "_COMMAND"); ok && command != "" {
		out, err := run(ctx, command)
		if err != nil {
			return "", "", fmt.Errorf("the command in %s_COMMAND failed", c.Variable)
		}
		return out, c.Variable + "_COMMAND", nil
	}
	return "", "", errors.New("no key: set " + strings.Join(c.Variables(), ", "))
}

func run(ctx context.Context, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	shell := []string{"sh", "-c", command}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/C", command}
	}
	cmd := exec.CommandContext(ctx, shell[0], shell[1:]...) //nolint:gosec // the operator writes the command
	cmd.WaitDelay = commandLinger
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // the command succeeded; only its child still holds the output
	}
	return string(out), err
}
