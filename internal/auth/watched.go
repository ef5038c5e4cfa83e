package auth

import (
	"io/fs"
	"os"
	"sync"
	"time"
)

// watched is a file of tokens that is read again when it changed. While it cannot be
// read, or is wrong, nobody gets in by it: what it says no more may be a revocation.
type watched struct {
	path     string
	accounts []string
	now      func() time.Time

	mu   sync.Mutex
	seen fs.FileInfo
	at   time.Time
	last *File
	err  error
}

// settled is how long after a change a file system may give another one the same
// time.
const settled = 2 * time.Second

// file is the file as it is now.
func (w *watched) file() (*File, error) {
	info, err := os.Stat(w.path)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil && w.seen != nil && w.same(info) {
		return w.last, w.err
	}
	w.at = w.now()
	w.last, w.err = ReadFile(w.path, w.accounts)
	w.seen = info
	if err != nil {
		w.seen = nil
	}
	return w.last, w.err
}

// same reports whether a file is the one that was read. One that changed just before
// it was read can have changed again without a trace.
func (w *watched) same(info fs.FileInfo) bool {
	return os.SameFile(info, w.seen) && info.ModTime().Equal(w.seen.ModTime()) && info.Size() == w.seen.Size() && info.Mode() == w.seen.Mode() &&
		w.at.Sub(info.ModTime()) > settled
}
