// Command countersign is an MCP server that hands cloud accounts to AI agents
// behind a person's countersignature. Main only wires.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// If a client closes its end, a write fails but the process goes on: it may
	// have a call to finish and to journal.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}
