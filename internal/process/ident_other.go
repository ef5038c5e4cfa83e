//go:build !linux && !darwin && !windows

package process

import (
	"errors"
	"fmt"
	"runtime"
)

// lookup is not supported here.
func lookup(int) (entry, error) {
	return entry{}, fmt.Errorf("processes of %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

// parentOf is not supported here.
func parentOf(child entry) (entry, bool, error) {
	_, err := lookup(child.parent)
	return entry{}, false, err
}
