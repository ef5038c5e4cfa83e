// Command mutate takes guards out of the program, one at a time, and holds that the
// simulator finds each: what can be removed unnoticed is not proved by it.
//
// Nothing in the program knows of it: the compiler is given other source in the place of
// some files. Every file of the folder is one mutation, a txtar archive: a comment that
// says what is taken away, and pairs of old and new text.
//
//	-- old internal/guard/execute.go --
//	-- new --
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	dir := flag.String("mutations", "testdata/mutations", "folder of mutations")
	seeds := flag.Int("seeds", 1500, "how many seeds the simulator may play to find one")
	only := flag.String("only", "", "a glob of the mutations to try")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *dir, *only, *seeds)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
