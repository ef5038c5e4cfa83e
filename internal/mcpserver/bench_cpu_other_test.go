//go:build !unix

package mcpserver

import "time"

// processorTime is not supported here.
func processorTime() time.Duration { return 0 }
