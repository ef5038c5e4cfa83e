package process

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// Ident names one process for good: its number alone is given away again.
type Ident struct {
	PID int
	// Started is the start time as the system tells it: clock ticks since boot
	// on Linux, microseconds since 1970 on macOS, 100 ns since 1601 on Windows.
	// It is only compared. 0 is unknown.
	Started int64
}

// known reports whether an Ident can be told from another.
func (i Ident) known() bool { return i.PID > 0 && i.Started != 0 }

// entry is a process as the system's table shows it.
type entry struct {
	Ident
	parent int // 0 when it has none, or none that this process may see
}

// errGone says that no process has the number any more.
var errGone = errors.New("no such process")

// rootPID is the first process, under which everything runs.
const rootPID = 1

// Self returns this process; Started is 0 where the system does not tell.
func Self() Ident {
	self, err := lookup(os.Getpid())
	if err != nil {
		return Ident{PID: os.Getpid()}
	}
	return self.Ident
}

// Parent returns the process that started this one. It is false when that is
// gone or not to be seen, and when it is the first process of the system: this
// one then runs under everybody and nobody.
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

// Walks are bounded: other processes come and go meanwhile, and a stale parent
// number may lead round.
const (
	maxWalks = 5
	maxSteps = 1024
)

// DescendsFrom reports whether this process is, or was started under, one of
// the given ones. It follows the parents that are alive: a process whose parent
// ended belongs to another one from then on. An error means that it cannot be
// told, and the caller has to take the careful side.
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
		// A parent ended during the walk; its children have another one now.
	}
	return false, fmt.Errorf("trace parents: %w", err)
}

// climb walks once from this process up to the first.
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
