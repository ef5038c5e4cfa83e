//go:build unix

package mcpserver

import (
	"syscall"
	"time"
)

// processorTime returns the CPU time of this process so far.
func processorTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
