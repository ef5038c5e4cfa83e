//go:build !unix

package sqlite

import "os"

// prepareFolder makes the folder. It inherits its access rights from the user's folder
// above it, because modes have no meaning here.
func prepareFolder(dir string) error { return os.MkdirAll(dir, 0o700) }

// tightenFiles does nothing: the files inherit their access rights from the folder.
func tightenFiles(string) error { return nil }
