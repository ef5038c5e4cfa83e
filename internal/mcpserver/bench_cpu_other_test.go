//go:build !unix

package mcpserver

import "time"

// processorTime is not told here.
func processorTime() time.Duration { return 0 }
