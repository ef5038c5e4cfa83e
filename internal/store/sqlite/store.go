// Package sqlite keeps the store in one SQLite file that all processes of a
// user share.
//
// Every write is a transaction that takes the write lock when it begins and is on
// the disk before it returns. The package must never decide what a transition
// means: it compares, sets and records.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"countersign/internal/store"
)

// FileName is the name of the database file in the state folder. SQLite makes two
// more files beside it, whose names end in -wal and -shm.
const FileName = "countersign.db"

// maxReaders is the number of concurrent reads of one handle.
const maxReaders = 4

// Store is an open handle. It is safe for use by several goroutines.
type Store struct {
	// writer has one connection, so that the writers of one process queue here, in
	// order and until their contexts end. Only processes compete for SQLite's lock.
	writer *sql.DB
	reader *sql.DB
	// witness receives the heads of the audit chain; it may be nil.
	witness store.Witness
	// synchronous is the value of SQLite's pragma of that name.
	synchronous string
}

// Option changes how a handle works.
type Option func(*Store)

// WithWitness sets the witness that receives every head of the audit chain that this
// handle writes.
func WithWitness(w store.Witness) Option { return func(s *Store) { s.witness = w } }

// WithoutSync lets the system decide when a write reaches the disk. Writes survive a
// killed process but not a power failure: it is for tests that kill many processes.
func WithoutSync() Option { return func(s *Store) { s.synchronous = "OFF" } }

var _ store.Store = (*Store)(nil)

// Open opens the store in a folder of its own, and makes the folder and the store
// where they are missing. It refuses a folder that another user could write to, and
// a store that a newer version of this program wrote.
//
// Several processes may open a new store at the same time; one that finds it locked
// tries again until ctx ends, for some seconds at most.
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
	// SQLite makes new files with the modes of the umask. Until here only the mode of
	// the folder kept other users out.
	if err := tightenFiles(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("store: open %s: %w", dir, err), s.Close())
	}
	return s, nil
}

// Close closes the handle. The last handle to close merges the write-ahead log into
// the file.
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
