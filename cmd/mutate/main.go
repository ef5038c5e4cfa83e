// Command mutate removes guards from the program, one at a time, and checks that
// the simulator notices each removal. A guard whose removal goes unnoticed is not
// tested by it.
//
// The program does not know of this: the compiler gets other source for some files
// with -overlay. Every file of the folder is one mutation, a txtar archive with a
// comment that says what is removed, and pairs of old and new text.
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
