package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// lookup reads /proc/<pid>/stat.
func lookup(pid int) (entry, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return entry{}, fmt.Errorf("process %d: %w", pid, errGone)
	}
	if err != nil {
		return entry{}, fmt.Errorf("process %d: %w", pid, err)
	}
	found, err := parseStat(text)
	if err != nil {
		return entry{}, fmt.Errorf("process %d: %w", pid, err)
	}
	return found, nil
}

// Fields of /proc/<pid>/stat behind the command, counted from the state; see
// proc_pid_stat(5), where the state is field 3.
const (
	statState   = 0
	statParent  = 1
	statStarted = 19
)

// parseStat parses "pid (command) state ppid …". A command may contain spaces, newlines
// and parentheses, so it ends at the last parenthesis.
func parseStat(text []byte) (entry, error) {
	number, rest, ok := bytes.Cut(text, []byte(" ("))
	end := bytes.LastIndexByte(rest, ')')
	if !ok || end < 0 {
		return entry{}, errors.New("stat has no command")
	}
	fields := bytes.Fields(rest[end+1:])
	if len(fields) <= statStarted {
		return entry{}, fmt.Errorf("stat has %d fields", len(fields))
	}
	if state := string(fields[statState]); state == "Z" || state == "X" || state == "x" {
		return entry{}, errGone // a zombie: it has ended, and its parent has not waited for it
	}
	pid, err := strconv.Atoi(string(number))
	if err != nil {
		return entry{}, fmt.Errorf("stat: process: %w", err)
	}
	parent, err := strconv.Atoi(string(fields[statParent]))
	if err != nil {
		return entry{}, fmt.Errorf("stat: parent: %w", err)
	}
	started, err := strconv.ParseInt(string(fields[statStarted]), 10, 64)
	if err != nil {
		return entry{}, fmt.Errorf("stat: start: %w", err)
	}
	return entry{Ident: Ident{PID: pid, Started: started}, parent: parent}, nil
}
