package sqlitetest

import (
	"database/sql"
	"path/filepath"

	"countersign/internal/store/sqlite"
)

// Open opens the database of a state folder without the store. A statement waits while
// a server holds the lock, as the store itself does: a server still writes after it
// has answered.
func Open(dir string) (*sql.DB, error) {
	return sql.Open("sqlite", filepath.Join(dir, sqlite.FileName)+"?_txlock=immediate&_pragma=busy_timeout(10000)")
}
