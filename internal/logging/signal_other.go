//go:build !unix

package logging

import "io"

// withoutSignal returns w: only Unix has SIGPIPE.
func withoutSignal(w io.Writer) io.Writer { return w }
