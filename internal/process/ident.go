package process

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// Ident identifies one process. Its PID alone does not, because the system reuses it.
type Ident struct {
	PID int
	// Started is the start time in the unit of the system: clock ticks since boot on
	// Linux, microseconds since 1970 on macOS, 100 ns since 1601 on Windows. It is only
	// compared. 0 is unknown.
	Started int64
}

// known reports whether an Ident identifies a process.
func (i Ident) known() bool { return i.PID > 0 && i.Started != 0 }

// entry is a process in the process table of the system.
type entry struct {
	Ident
	parent int // 0 if it has none that this process may see
}

// errGone reports that no process has the PID any more.
var errGone = errors.New("no such process")

// rootPID is the first process, the ancestor of all others.
const rootPID = 1

// Self returns this process; Started is 0 if the system does not provide it.
func Self() Ident {
	self, err := lookup(os.Getpid())
	if err != nil {
		return Ident{PID: os.Getpid()}
	}
	return self.Ident
}

// Parent returns the process that started this one. It returns false if that process has
// ended, is not visible, or is the first process of the system, which says nothing about
// who started this one.
func Parent() (Ident, bool) {
	pid := os.Getppid()
	if pid <= rootPID {
		return Ident{}, false
	}
	parent, err := lookup(pid)
	if err != nil || !parent.known() || os.Getppid() != pid {
		return Ident{}, false
	}
	return parent.Ident, true
}

// Walks are bounded: other processes start and end meanwhile, and a stale parent PID may
// lead to a cycle.
const (
	maxWalks = 5
	maxSteps = 1024
)

// DescendsFrom reports whether this process is one of the given ones or descends from
// one. It follows living parents only: a process whose parent ended has another parent
// from then on. An error means that the answer is unknown, and the caller has to assume
// the unsafe case.
func DescendsFrom(ancestors ...Ident) (bool, error) {
	for _, ancestor := range ancestors {
		if !ancestor.known() {
			return false, errors.New("trace parents: the process to look for is not known exactly")
		}
	}
	var err error
	for range maxWalks {
		var found bool
		found, err = climb(ancestors)
		if err == nil {
			return found, nil
		}
		if !errors.Is(err, errGone) {
			break
		}
		// A parent ended during the walk, and its children have another parent now.
	}
	return false, fmt.Errorf("trace parents: %w", err)
}

// climb walks once from this process up to the first process.
func climb(ancestors []Ident) (bool, error) {
	at, err := lookup(os.Getpid())
	if err != nil {
		return false, err
	}
	for range maxSteps {
		if at.Started == 0 && slices.ContainsFunc(ancestors, func(i Ident) bool { return i.PID == at.PID }) {
			return false, fmt.Errorf("the start of process %d is not to be seen", at.PID)
		}
		if slices.Contains(ancestors, at.Ident) {
			return true, nil
		}
		if at.PID <= rootPID || at.parent <= 0 {
			return false, nil
		}
		above, ok, err := parentOf(at)
		if err != nil || !ok {
			return false, err
		}
		at = above
	}
	return false, errors.New("the parents never end")
}
