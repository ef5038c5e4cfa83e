// Package sqlite keeps the store in one SQLite file that all processes of a
// user share.
//
// Every write is a transaction that takes the write lock at its start and is
// on the disk before it returns. The package must never decide what a
// transition means: it compares, sets and records.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"countersign/internal/store"
)

// FileName is the database's name in the state folder; SQLite puts two more
// beside it, ending in -wal and -shm.
const FileName = "countersign.db"

// maxReaders is how many reads of one handle run at once.
const maxReaders = 4

// Store is an open handle. It is safe for use by several goroutines.
type Store struct {
	// writer has one connection: writers of one process queue here, fairly and
	// under their contexts, and only processes contend for SQLite's lock.
	writer *sql.DB
	reader *sql.DB
	// witness is told of the heads of the audit; nil for none.
	witness store.Witness
	// synchronous is SQLite's word for when a write is on the disk.
	synchronous string
}

// Option changes how a handle works.
type Option func(*Store)

// WithWitness tells a witness of every head of the audit chain that this handle
// makes.
func WithWitness(w store.Witness) Option { return func(s *Store) { s.witness = w } }

// WithoutSync leaves it to the system when what was written reaches the disk. A process
// that is killed loses nothing by it, a machine without power does: it is for tests that
// kill processes by the thousand.
func WithoutSync() Option { return func(s *Store) { s.synchronous = "OFF" } }

var _ store.Store = (*Store)(nil)

// Open opens the store in a folder of its own, making folder and store where
// they are missing. The folder is refused when somebody else could write to
// it. A store that a newer version of this program wrote is refused.
//
// Several processes may open a new store at the same moment; whoever finds it
// busy tries again until ctx ends, for some seconds at most.
func Open(ctx context.Context, dir string, options ...Option) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", dir, err)
	}
	if err := prepareFolder(dir); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", dir, err)
	}
	path := filepath.Join(dir, FileName)
	s := &Store{synchronous: "FULL"}
	for _, option := range options {
		option(s)
	}
	if s.writer, err = sql.Open("sqlite", writerDSN(path, s.synchronous)); err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	s.writer.SetMaxOpenConns(1)
	if s.reader, err = sql.Open("sqlite", readerDSN(path)); err != nil {
		return nil, errors.Join(fmt.Errorf("store: open %s: %w", path, err), s.Close())
	}
	s.reader.SetMaxOpenConns(maxReaders)
	s.reader.SetMaxIdleConns(maxReaders)
	// There is no head to witness before there are tables.
	witness := s.witness
	s.witness = nil
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("store: open %s: %w", path, err), s.Close())
	}
	s.witness = witness
	// SQLite makes new files as the umask says; the folder has kept others out
	// until here.
	if err := tightenFiles(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("store: open %s: %w", dir, err), s.Close())
	}
	return s, nil
}

// Close gives the handle up. The last one to leave merges the write-ahead log
// into the file.
func (s *Store) Close() error {
	var err error
	if s.reader != nil {
		err = s.reader.Close()
	}
	if s.writer != nil {
		err = errors.Join(err, s.writer.Close())
	}
	if err != nil {
		return fmt.Errorf("store: close: %w", err)
	}
	return nil
}
