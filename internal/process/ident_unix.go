//go:build linux || darwin

package process

import "fmt"

// parentOf returns the process above. The system gives the children of a
// process that ends another parent at once, so one that is gone ended during
// the walk.
func parentOf(child entry) (entry, bool, error) {
	above, err := lookup(child.parent)
	if err != nil {
		return entry{}, false, fmt.Errorf("parent of process %d: %w", child.PID, err)
	}
	return above, true, nil
}
