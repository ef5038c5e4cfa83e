package process

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// instancesFolder is where the lock files lie, inside the given folder.
const instancesFolder = "instances"

// An instance ID is the prefix followed by random bytes in hexadecimal.
const (
	idPrefix = "inst_"
	idBytes  = 8
)

// Instance shows that this process is alive: it holds an exclusive lock, which the system
// releases when the process ends, however it ends.
type Instance struct {
	id   string
	lock *flock.Flock
}

// Register gives this process an instance ID ("inst_" and 16 hexadecimal
// digits) and holds dir/instances/<id>.lock until Close or the process's end.
func Register(dir string) (*Instance, error) {
	folder := filepath.Join(dir, instancesFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("register process: %w", err)
	}
	var random [idBytes]byte
	_, _ = rand.Read(random[:]) // never fails: crypto/rand ends the program instead
	id := idPrefix + hex.EncodeToString(random[:])
	lock := flock.New(lockPath(dir, id), flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("register process: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("register process: %s is locked by another process", lock.Path())
	}
	return &Instance{id: id, lock: lock}, nil
}

// ID returns the instance ID.
func (i *Instance) ID() string { return i.id }

// Close ends the registration; from then on the instance counts as dead. A
// second Close is harmless.
func (i *Instance) Close() error {
	// The lock goes first: an open file cannot be removed on Windows.
	err := i.lock.Unlock()
	if err := errors.Join(err, removeFile(i.lock.Path())); err != nil {
		return fmt.Errorf("end registration of process: %w", err)
	}
	return nil
}

// Alive reports whether the instance with an ID, registered in dir, is still running, in
// this or another process. It removes the file of a dead instance. If it cannot find out,
// it returns true, because the work of a live process must not be taken over.
func Alive(dir, id string) bool {
	if !isInstanceID(id) {
		return false
	}
	path := lockPath(dir, id)
	// A shared lock, so that concurrent probes are not mistaken for the instance, and
	// without O_CREATE, so that no file is made.
	probe := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := probe.TryRLock()
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if err != nil || !free {
		return true
	}
	// IDs are never reused, so nobody can lock the file in between. A file that could
	// not be removed is removed the next time.
	_ = probe.Unlock()
	_ = removeFile(path)
	return false
}

func lockPath(dir, id string) string { return filepath.Join(dir, instancesFolder, id+".lock") }

// isInstanceID reports whether an ID is valid, so that nothing else gets into a path.
func isInstanceID(id string) bool {
	digits, ok := strings.CutPrefix(id, idPrefix)
	random, err := hex.DecodeString(digits)
	return ok && err == nil && len(random) == idBytes
}

// removeFile removes a file; a missing file is not an error.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
