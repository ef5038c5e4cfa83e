//go:build unix

package logging

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// withoutSignal returns a writer to the same file under another number when it
// is stdout or stderr: Go ends a program by SIGPIPE when it writes to these
// after the reader is gone, and by no other file.
func withoutSignal(w io.Writer) io.Writer {
	const stdout, stderr = 1, 2
	f, ok := w.(*os.File)
	if !ok || f.Fd() != stdout && f.Fd() != stderr {
		return w
	}
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, stderr+1)
	if err != nil {
		return io.Discard // it is closed, and would stay so
	}
	return os.NewFile(uintptr(fd), f.Name())
}
