package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"countersign/internal/store"
)

// busyTimeout is how long SQLite itself waits for another process's lock.
const busyTimeout = 10 * time.Second

// SQLite does not wait for some locks: for the change to WAL, for a recovery, and for
// opening the first and closing the last handle. These are tried again here.
const (
	retryFor   = 10 * time.Second
	retryFirst = 2 * time.Millisecond
	retryMost  = 200 * time.Millisecond
)

// writerDSN opens for writing. Transactions take the write lock when they begin. One
// that reads first and takes the lock later would fail, without waiting, if another
// process wrote in between.
func writerDSN(path, synchronous string) string {
	return dsn(path, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {busyPragma(), "journal_mode(WAL)", "synchronous(" + synchronous + ")", "foreign_keys(ON)"},
	})
}

// readerDSN opens for reading only.
func readerDSN(path string) string {
	return dsn(path, url.Values{"_pragma": {busyPragma(), "query_only(ON)"}})
}

func busyPragma() string { return fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()) }

// dsn writes a path as a URI, escaped so that no part of it is read as an option.
func dsn(path string, options url.Values) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: slashed, RawQuery: options.Encode()}
	return u.String()
}

// write runs f in a transaction that holds the write lock from its start. When it
// returns nil, the changes of f are on the disk; otherwise none of them is. Where f
// moved the head of the audit chain, the witness receives the new head.
func (s *Store) write(ctx context.Context, f func(*sql.Tx) error) error {
	var tx *sql.Tx
	err := retry(ctx, func() (err error) {
		tx, err = s.writer.BeginTx(ctx, nil)
		return err
	})
	if err != nil {
		return plain(ctx, err)
	}
	// Deferred for a panic of f, which would leave the lock held. The error of f is the
	// one to return, not that of the rollback; after a commit this does nothing.
	defer func() { _ = tx.Rollback() }()
	moved, err := s.watched(ctx, tx, f)
	if err != nil {
		return plain(ctx, err)
	}
	if err := tx.Commit(); err != nil {
		return plain(ctx, err)
	}
	if moved != nil {
		s.witness.Saw(*moved)
	}
	return nil
}

// watched runs f. Where there is a witness and f moved the head of the audit chain, it
// returns the new head. It compares the head before and after, so that no write is
// missed.
func (s *Store) watched(ctx context.Context, tx *sql.Tx, f func(*sql.Tx) error) (*store.Head, error) {
	if s.witness == nil {
		return nil, f(tx)
	}
	before, err := orGone(readHead(ctx, tx))
	if err != nil {
		return nil, fmt.Errorf("read head of the audit: %w", err)
	}
	if err := f(tx); err != nil {
		return nil, err
	}
	after, err := orGone(readHead(ctx, tx))
	if err != nil {
		return nil, fmt.Errorf("read head of the audit: %w", err)
	}
	if after == nil || before != nil && *before == *after {
		return nil, nil //nolint:nilnil // it was not moved, which is an answer
	}
	return after, nil
}

// retry calls f again while it fails because of a lock, until ctx ends or retryFor is
// over. f must have no effect when it fails.
func retry(ctx context.Context, f func() error) error {
	deadline := time.Now().Add(retryFor)
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		err := f()
		if !busy(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + rand.N(pause)): //nolint:gosec // jitter, no secret
		}
	}
}

// busy reports whether an error comes from another handle's lock.
func busy(err error) bool {
	switch primary(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return true
	}
	return false
}

// taken reports whether an error says that a row with the key exists.
func taken(err error) bool { return primary(err) == sqlite3.SQLITE_CONSTRAINT }

// primary returns SQLite's primary result code of an error, 0 if it is not
// SQLite's.
func primary(err error) int {
	var e *driver.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

// plain returns the error of the context where that has ended, and describes a lock
// in words.
func plain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && (primary(err) == sqlite3.SQLITE_INTERRUPT || errors.Is(err, sql.ErrTxDone)):
		return ctx.Err()
	case busy(err):
		return fmt.Errorf("another process keeps the store locked: %w", err)
	}
	return err
}
