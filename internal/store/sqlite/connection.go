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

// Some locks are not waited for by SQLite: those of changing to WAL, of
// recovery, of the first and the last handle. They are tried again here.
const (
	retryFor   = 10 * time.Second
	retryFirst = 2 * time.Millisecond
	retryMost  = 200 * time.Millisecond
)

// writerDSN opens for writing. Transactions take the write lock when they
// begin: one that reads first and asks for the lock later fails at once when
// somebody was in between, whatever the timeout.
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

// dsn writes a path as a URI, so that no character of it is taken for an
// option.
func dsn(path string, options url.Values) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: slashed, RawQuery: options.Encode()}
	return u.String()
}

// write runs f in a transaction that holds the write lock from its start. When
// it returns nil, what f wrote is on the disk; otherwise nothing is. The witness
// is told where f moved the head of the audit.
func (s *Store) write(ctx context.Context, f func(*sql.Tx) error) error {
	var tx *sql.Tx
	err := retry(ctx, func() (err error) {
		tx, err = s.writer.BeginTx(ctx, nil)
		return err
	})
	if err != nil {
		return plain(ctx, err)
	}
	// After a panic of f too: the lock would be held for ever. The reason is the error of
	// f, from which a failed rollback only follows; after a commit there is nothing left.
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

// watched runs f and returns the head of the audit where there is a witness and
// f moved it: whatever f does, no head is left out.
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

// retry calls f until it does not fail for a lock, ctx ends or retryFor is
// over. f must have done nothing when it fails.
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

// taken reports whether an error says that a key is already there.
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

// plain puts the context's own error in the place of what its end leads to, and
// says in words what a lock means.
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
