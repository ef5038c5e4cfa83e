package process

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// lookup finds a process in a snapshot of the process table and asks for its start time,
// which is unknown for a process that may not be opened.
func lookup(pid int) (found entry, err error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return entry{}, fmt.Errorf("list processes: %w", err)
	}
	defer func() { err = errors.Join(err, windows.CloseHandle(snapshot)) }()

	row := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &row); err == nil; err = windows.Process32Next(snapshot, &row) {
		if int(row.ProcessID) == pid {
			started, err := startOf(row.ProcessID)
			return entry{Ident: Ident{PID: pid, Started: started}, parent: int(row.ParentProcessID)}, err
		}
	}
	if errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		return entry{}, fmt.Errorf("process %d: %w", pid, errGone)
	}
	return entry{}, fmt.Errorf("list processes: %w", err)
}

// startOf asks GetProcessTimes; it returns 0 for a process of another user.
func startOf(pid uint32) (started int64, err error) {
	handle, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return 0, fmt.Errorf("process %d: %w", pid, errGone)
	}
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("process %d: %w", pid, err)
	}
	defer func() { err = errors.Join(err, windows.CloseHandle(handle)) }()
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(handle, &created, &exited, &kernel, &user); err != nil {
		return 0, fmt.Errorf("process %d: times: %w", pid, err)
	}
	return int64(created.HighDateTime)<<32 | int64(created.LowDateTime), nil
}

// parentOf returns the parent of a process. Windows keeps the PID of a parent that ended
// and reuses it later, so the walk ends at a parent that is missing or that started after
// its child.
func parentOf(child entry) (entry, bool, error) {
	above, err := lookup(child.parent)
	if errors.Is(err, errGone) {
		return entry{}, false, nil
	}
	if err != nil {
		return entry{}, false, fmt.Errorf("parent of process %d: %w", child.PID, err)
	}
	if above.Started != 0 && child.Started != 0 && above.Started > child.Started {
		return entry{}, false, nil
	}
	return above, true, nil
}
