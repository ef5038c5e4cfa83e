package sqlite_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"countersign/internal/store"
	"countersign/internal/store/sqlite"
	"countersign/internal/store/sqlite/sqlitetest"
	"countersign/internal/store/storetest"
)

// open opens the store of a folder until the test ends.
func open(t *testing.T, dir string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// raw opens the database without the store.
func raw(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sqlitetest.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// do runs a statement without the store.
func do(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestStore(t *testing.T) {
	var dirs sync.Map
	storetest.Run(t, func(t *testing.T) store.Store {
		dir, found := dirs.Load(t)
		if !found {
			dir, _ = dirs.LoadOrStore(t, t.TempDir())
		}
		return open(t, dir.(string))
	})
}

func TestOpenSetsWhatDurabilityNeeds(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	var mode string
	var version int
	db := raw(t, dir)
	for query, target := range map[string]any{"PRAGMA journal_mode": &mode, "PRAGMA user_version": &version} {
		if err := db.QueryRowContext(t.Context(), query).Scan(target); err != nil {
			t.Fatal(err)
		}
	}
	if mode != "wal" || version < 1 {
		t.Errorf("journal mode %s, schema %d", mode, version)
	}
}

func TestOpenTakesAnyFolderName(t *testing.T) {
	for _, name := range []string{"with space", "a?mode=memory", "50%41", "a#b", "it's", "ä"} {
		dir := filepath.Join(t.TempDir(), name, "state")
		open(t, dir)
		if _, err := os.Stat(filepath.Join(dir, sqlite.FileName)); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestOpenRefusesANewerStore(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	do(t, raw(t, dir), "PRAGMA user_version = 9999")
	s, err := sqlite.Open(t.Context(), dir)
	if err == nil {
		_ = s.Close()
		t.Fatal("a newer store was opened")
	}
	if !strings.Contains(err.Error(), "newer version of this program (schema 9999") {
		t.Errorf("the message does not say why: %v", err)
	}
}

func TestOpenRefusesWhatIsNoStore(t *testing.T) {
	dir := t.TempDir()
	garbage := []byte(strings.Repeat("this is no database. ", 100))
	if err := os.WriteFile(filepath.Join(dir, sqlite.FileName), garbage, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := sqlite.Open(t.Context(), dir); err == nil {
		_ = s.Close()
		t.Error("garbage was opened")
	}
	if left, err := os.ReadFile(filepath.Join(dir, sqlite.FileName)); err != nil || string(left) != string(garbage) {
		t.Errorf("the file was changed (%v)", err)
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := sqlite.Open(ctx, dir); err == nil {
		_ = s.Close()
		t.Error("opened under a cancelled context")
	}
}
