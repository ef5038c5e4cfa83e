package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// surveyTerminal examines all processes that are in the terminal or hold its other side,
// and the topmost process in the chains of this process and of theirs.
func surveyTerminal(terminal *os.File, clients []Client, idents []Ident) (Survey, error) {
	device, err := deviceOf(terminal)
	if err != nil {
		return Survey{}, fmt.Errorf("which terminal this is: %w", err)
	}
	pids, err := everyPID()
	if err != nil {
		return Survey{}, err
	}
	own, err := chainOf(os.Getpid())
	if err != nil {
		return Survey{}, err
	}
	found := Survey{Loose: looseIn(own, clients)}
	for _, pid := range pids {
		how := ""
		switch {
		case holdsOtherSide(pid, device):
			how = "the other side of this terminal is held by process %d (%s), which runs under an MCP client"
		case inTerminal(pid, device):
			how = "process %d (%s) in this terminal runs under an MCP client"
		default:
			continue
		}
		chain, err := chainOf(pid)
		if errors.Is(err, errGone) {
			continue
		}
		if err != nil {
			return Survey{}, err
		}
		if holdsOne(chain, idents) {
			return Survey{Under: fmt.Sprintf(how, pid, nameOf(pid))}, nil
		}
		if found.Loose == "" {
			found.Loose = looseIn(chain, clients)
		}
	}
	return found, nil
}

// looseIn describes the topmost process of a chain if a client may have detached it: the
// process belongs to this user, a reaper has adopted it, it started after a client did,
// and it is in the group of that client or in a group that says nothing. Otherwise it
// returns nothing.
func looseIn(chain []entry, clients []Client) string {
	i := topOf(chain)
	if i < 0 {
		return ""
	}
	top := chain[i]
	if info, err := os.Stat(fmt.Sprintf("/proc/%d", top.PID)); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Getuid() {
			return "" // a login or a session server, which no client started
		}
	}
	group := Group(top.Ident)
	for _, c := range clients {
		if !c.Earlier && top.Started >= c.Started && (group == "" || c.Group == "" || group == c.Group) {
			return fmt.Sprintf("process %d (%s), which this terminal belongs to, has no parent any more and began after an MCP client did", top.PID, nameOf(top.PID))
		}
	}
	return ""
}

// topOf returns the index of the process in a chain whose parent is a reaper: the first
// process, or systemd's manager of a user; -1 if there is none.
func topOf(chain []entry) int {
	for i := range len(chain) - 1 {
		if up := chain[i+1]; up.PID == rootPID || nameOf(up.PID) == "systemd" {
			return i
		}
	}
	return -1
}

// nameOf returns the command of a process as the system shows it, without control
// characters.
func nameOf(pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return "?"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, strings.TrimSpace(string(text)))
}

func everyPID() ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// deviceOf returns the device number of the terminal behind a file.
func deviceOf(terminal *os.File) (uint64, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(int(terminal.Fd()), &stat); err != nil {
		return 0, fmt.Errorf("%s: %w", terminal.Name(), err)
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFCHR {
		return 0, fmt.Errorf("%s is no terminal", terminal.Name())
	}
	return stat.Rdev, nil
}

// ptsMajor is the major number of pseudo-terminals, whose other side a program holds.
const ptsMajor = 136

// statTerminal is the field of /proc/<pid>/stat with the terminal, counted from the
// state; see proc_pid_stat(5).
const statTerminal = 4

// inTerminal reports whether a terminal is the controlling terminal of a process.
func inTerminal(pid int, device uint64) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false // gone
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= statTerminal {
		return false
	}
	number, err := strconv.ParseInt(string(fields[statTerminal]), 10, 32)
	if err != nil || number == 0 {
		return false
	}
	// The kernel's short form: 12 bits of major, 20 of minor, the minor split.
	short := uint32(number) //nolint:gosec // the value has 32 bits
	major, minor := short>>8&0xfff, short&0xff|short>>12&0xfff00
	return unix.Major(device) == major && unix.Minor(device) == minor
}

// holdsOtherSide reports whether a process has the other side of a terminal open, which
// types into it. It is false for processes of other users, which may not be examined.
func holdsOtherSide(pid int, device uint64) bool {
	if unix.Major(device) != ptsMajor {
		return false
	}
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	files, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, file := range files {
		target, err := os.Readlink(filepath.Join(folder, file.Name()))
		if err != nil || filepath.Base(target) != "ptmx" {
			continue
		}
		info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%s", pid, file.Name()))
		if err == nil && ttyIndex(info) == int64(unix.Minor(device)) {
			return true
		}
	}
	return false
}

// ttyIndex returns the index of the terminal whose other side a file is; -1 for none.
func ttyIndex(info []byte) int64 {
	for line := range bytes.Lines(info) {
		if value, ok := bytes.CutPrefix(line, []byte("tty-index:")); ok {
			if n, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64); err == nil {
				return n
			}
		}
	}
	return -1
}

// Group returns the control group of a process; empty if unknown. Desktops put each
// program into a group of its own, together with everything that it starts, even if that
// is detached.
func Group(i Ident) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", i.PID))
	if now, gone := lookup(i.PID); err != nil || gone != nil || now.Ident != i {
		return ""
	}
	return parseGroup(text)
}

// parseGroup returns the group of systemd's hierarchy or of control groups version 2.
func parseGroup(text []byte) string {
	group := ""
	for line := range bytes.Lines(text) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if path, ok := bytes.CutPrefix(line, []byte("0::")); ok && group == "" {
			group = string(path)
		}
		if _, path, ok := bytes.Cut(line, []byte(":name=systemd:")); ok {
			group = string(path)
		}
	}
	return group
}

// Booted returns the time of the last boot; the zero time if unknown. No process is older.
func Booted() time.Time {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}
	}
	for line := range bytes.Lines(text) {
		if value, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			if seconds, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64); err == nil {
				return time.Unix(seconds, 0)
			}
		}
	}
	return time.Time{}
}
