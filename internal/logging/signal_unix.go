//go:build unix

package logging

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// withoutSignal returns a writer to a duplicate of the descriptor if w is stdout or
// stderr. Go ends a program with SIGPIPE if it writes to one of these two after the
// reader has closed, but not for other descriptors.
func withoutSignal(w io.Writer) io.Writer {
	const stdout, stderr = 1, 2
	f, ok := w.(*os.File)
	if !ok || f.Fd() != stdout && f.Fd() != stderr {
		return w
	}
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, stderr+1)
	if err != nil {
		return io.Discard // it is closed, so every write would fail
	}
	return os.NewFile(uintptr(fd), f.Name())
}
