// Package refresh keeps a value that was read from files, and reads it again when
// they change.
//
// It must never know what the files hold.
package refresh

import (
	"crypto/sha256"
	"io/fs"
	"os"
	"sync"
	"time"
)

// Value is a value that was parsed from the files at Paths. Its fields are set
// before the first Get and not changed afterwards.
type Value[T any] struct {
	// Paths are the files; without any, the value is parsed once.
	Paths []string
	// Read returns the text of one file; nil is os.ReadFile.
	Read func(path string) ([]byte, error)
	// Parse makes the value from the texts of the files, in the order of Paths.
	Parse func(texts [][]byte) (T, error)
	// Now tells the time; nil is the clock of the machine.
	Now func() time.Time

	mu sync.Mutex
	// seen describes the files as they were before they were last read, at readAt;
	// nil if they have to be read again.
	seen   []fs.FileInfo
	readAt time.Time
	// value and err are the result of parsing the texts with this sum.
	parsed bool
	sum    [sha256.Size]byte
	value  T
	err    error
}

// settled is how long after a change a file system may give another change the
// same modification time.
const settled = 2 * time.Second

// Get returns the value of the files as they are now. Equal texts are not parsed
// again and give the same value or error. An error of reading is not kept: the
// next call reads again. Callers wait while one of them reads and parses.
func (v *Value[T]) Get() (T, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	infos, statErr := v.stat()
	if statErr == nil && v.same(infos) {
		return v.value, v.err
	}
	v.seen, v.readAt = nil, v.now()
	texts, sum, err := v.read()
	if err != nil {
		var none T
		return none, err
	}
	if statErr == nil {
		v.seen = infos
	}
	if !v.parsed || sum != v.sum {
		v.value, v.err = v.Parse(texts)
		v.parsed, v.sum = true, sum
	}
	return v.value, v.err
}

func (v *Value[T]) stat() ([]fs.FileInfo, error) {
	infos := make([]fs.FileInfo, len(v.Paths))
	for i, path := range v.Paths {
		var err error
		if infos[i], err = os.Stat(path); err != nil {
			return nil, err
		}
	}
	return infos, nil
}

// same reports whether the files are those that were read. A file that was read
// within settled after its last change may have changed again without a trace, so
// it does not count as the same.
func (v *Value[T]) same(infos []fs.FileInfo) bool {
	if v.seen == nil {
		return false
	}
	for i, info := range infos {
		seen := v.seen[i]
		if !os.SameFile(info, seen) || !info.ModTime().Equal(seen.ModTime()) || info.Size() != seen.Size() || info.Mode() != seen.Mode() ||
			v.readAt.Sub(info.ModTime()) <= settled {
			return false
		}
	}
	return true
}

func (v *Value[T]) read() (texts [][]byte, sum [sha256.Size]byte, err error) {
	read, sums := v.Read, sha256.New()
	if read == nil {
		read = os.ReadFile
	}
	for _, path := range v.Paths {
		text, err := read(path)
		if err != nil {
			return nil, sum, err
		}
		texts = append(texts, text)
		one := sha256.Sum256(text)
		_, _ = sums.Write(one[:]) // never fails
	}
	return texts, [sha256.Size]byte(sums.Sum(nil)), nil
}

func (v *Value[T]) now() time.Time {
	if v.Now == nil {
		return time.Now()
	}
	return v.Now()
}
