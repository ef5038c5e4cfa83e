//go:build !unix

package sqlite

import "os"

// prepareFolder makes the folder. Who may enter it is inherited from the
// user's own folder above: modes mean nothing here.
func prepareFolder(dir string) error { return os.MkdirAll(dir, 0o700) }

// tightenFiles has nothing to do: the files inherit from the folder.
func tightenFiles(string) error { return nil }
