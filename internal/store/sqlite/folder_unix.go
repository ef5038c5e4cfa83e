//go:build unix

package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const (
	folderMode fs.FileMode = 0o700
	fileMode   fs.FileMode = 0o600
	// writableByOthers are the write bits of the group and of others.
	writableByOthers fs.FileMode = 0o022
)

// prepareFolder makes the folder or checks an existing one: it must belong to this
// user, and no other user may have been able to write to it.
func prepareFolder(dir string) error {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return err
	}
	link, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !mine(link) {
		return errors.New("the folder, or the link to it, belongs to another user")
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !mine(info) {
		return errors.New("the folder belongs to another user")
	}
	if info.Mode()&writableByOthers != 0 {
		return fmt.Errorf("other users can write to the folder (mode %#o): run chmod 700 on it once you know that what is in it is yours", info.Mode().Perm())
	}
	if info.Mode().Perm() != folderMode {
		if err := os.Chmod(dir, folderMode); err != nil {
			return err
		}
	}
	return tightenFiles(dir)
}

// tightenFiles makes the existing files readable and writable by this user only. It
// never opens them: closing a file releases all locks that this process has on it, and
// another handle of this process may have some.
func tightenFiles(dir string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		path := filepath.Join(dir, FileName+suffix)
		// SQLite removes -wal and -shm when the last handle closes, so a file may
		// be gone by now.
		if err := tighten(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func tighten(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || !mine(info) {
		return fmt.Errorf("%s is not a plain file of this user", filepath.Base(path))
	}
	if info.Mode().Perm() == fileMode {
		return nil
	}
	return os.Chmod(path, fileMode)
}

// mine reports whether a file belongs to the effective user of this process.
func mine(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(stat.Uid) == int64(os.Geteuid())
}
