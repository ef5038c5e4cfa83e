//go:build unix

package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/store"
	"countersign/internal/store/sqlite"
)

// modes returns the modes of the folder and of everything in it.
func modes(t *testing.T, dir string) map[string]os.FileMode {
	t.Helper()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]os.FileMode{".": info.Mode().Perm()}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		found[entry.Name()] = info.Mode().Perm()
	}
	return found
}

// private checks that only this user can access the folder and the files, -wal and
// -shm included.
func private(t *testing.T, dir string) {
	t.Helper()
	found := modes(t, dir)
	for name, want := range map[string]os.FileMode{
		".": 0o700, sqlite.FileName: 0o600, sqlite.FileName + "-wal": 0o600, sqlite.FileName + "-shm": 0o600,
	} {
		if found[name] != want {
			t.Errorf("%s has mode %#o, want %#o", name, found[name], want)
		}
	}
	if len(found) != 4 {
		t.Errorf("more than the store is there: %v", found)
	}
}

func TestFolderAndFilesAreThisUsersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := open(t, dir)
	private(t, dir)
	if got := modes(t, filepath.Dir(dir))["."]; got != 0o700 {
		t.Errorf("the folder above was made with mode %#o", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Open corrects modes that somebody changed.
	for path, mode := range map[string]os.FileMode{dir: 0o755, filepath.Join(dir, sqlite.FileName): 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir)
	if err := s.Append(t.Context(), store.Record{Kind: "sent"}); err != nil {
		t.Fatal(err)
	}
	private(t, dir)
}

func TestOpenFollowsALinkOfThisUser(t *testing.T) {
	target, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	open(t, link)
	private(t, target)
}

func TestOpenRefusesFoldersThatOthersCouldWrite(t *testing.T) {
	const stranger = 12345
	tests := []struct {
		name    string
		prepare func(dir string) error
		root    bool // only root can set this up
		want    string
	}{
		{"group can write", func(dir string) error { return os.Chmod(dir, 0o770) }, false, "other users can write"},
		{"everybody can write", func(dir string) error { return os.Chmod(dir, 0o777|os.ModeSticky) }, false, "other users can write"},
		{"a stranger's folder", func(dir string) error { return os.Chown(dir, stranger, -1) }, true, "belongs to another user"},
		{"a stranger's link", func(dir string) error {
			target := dir + "-target"
			if err := os.Rename(dir, target); err != nil {
				return err
			}
			if err := os.Symlink(target, dir); err != nil {
				return err
			}
			return os.Lchown(dir, stranger, -1)
		}, true, "belongs to another user"},
		{"a file", func(dir string) error {
			if err := os.Remove(dir); err != nil {
				return err
			}
			return os.WriteFile(dir, nil, 0o600)
		}, false, "not a directory"},
		{"a link in the place of the file", func(dir string) error {
			return os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, sqlite.FileName))
		}, false, "not a plain file"},
		{"a stranger's file", func(dir string) error {
			path := filepath.Join(dir, sqlite.FileName)
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				return err
			}
			return os.Chown(path, stranger, -1)
		}, true, "not a plain file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.root && os.Geteuid() != 0 {
				t.Skip("only root can give files away")
			}
			dir := filepath.Join(t.TempDir(), "state")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := test.prepare(dir); err != nil {
				t.Fatal(err)
			}
			s, err := sqlite.Open(t.Context(), dir)
			if err == nil {
				_ = s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("the message does not say why: %v", err)
			}
		})
	}
}
