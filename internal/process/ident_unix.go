//go:build linux || darwin

package process

import "fmt"

// parentOf returns the parent of a process. When a process ends, the system immediately
// gives its children another parent, so a parent that is missing ended during the walk.
func parentOf(child entry) (entry, bool, error) {
	above, err := lookup(child.parent)
	if err != nil {
		return entry{}, false, fmt.Errorf("parent of process %d: %w", child.PID, err)
	}
	return above, true, nil
}
