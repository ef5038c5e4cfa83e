package process

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// zombie is SZOMB of <sys/proc.h>.
const zombie = 5

// lookup asks sysctl kern.proc.pid.
func lookup(pid int) (entry, error) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	// The answer for a missing process is empty, which x/sys reports as EIO.
	if errors.Is(err, unix.EIO) || errors.Is(err, unix.ESRCH) {
		return entry{}, fmt.Errorf("process %d: %w", pid, errGone)
	}
	if err != nil {
		return entry{}, fmt.Errorf("process %d: %w", pid, err)
	}
	if info.Proc.P_stat == zombie {
		return entry{}, fmt.Errorf("process %d: %w", pid, errGone)
	}
	started := info.Proc.P_starttime
	return entry{
		Ident:  Ident{PID: int(info.Proc.P_pid), Started: started.Sec*1_000_000 + int64(started.Usec)},
		parent: int(info.Eproc.Ppid),
	}, nil
}
