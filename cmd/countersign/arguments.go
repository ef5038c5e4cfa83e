package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"countersign/internal/spelling"
)

// plainArguments makes the errors about the number of arguments of a command, and of all
// below it, say what its form is.
func plainArguments(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		plainArguments(sub)
	}
	check := cmd.Args
	if check == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		if cmd.HasAvailableSubCommands() {
			return noSubcommand(cmd, args[0])
		}
		given := "no argument was given"
		switch {
		case len(args) == 1:
			given = fmt.Sprintf("one argument was given, %q", args[0])
		case len(args) > 1:
			given = fmt.Sprintf("%d arguments were given", len(args))
		}
		return fmt.Errorf("%s; the form is `%s`", given, strings.TrimSuffix(cmd.UseLine(), " [flags]"))
	}
}

// noSubcommand returns the error for a command that another one does not have.
func noSubcommand(cmd *cobra.Command, word string) error {
	var there []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			there = append(there, sub.Name())
		}
	}
	hint := "there are " + strings.Join(there, ", ")
	if near := spelling.Nearest(word, there); near != "" {
		hint = "did you mean " + near + "?"
	}
	return fmt.Errorf("%s has no command %q; %s", cmd.CommandPath(), word, hint)
}
