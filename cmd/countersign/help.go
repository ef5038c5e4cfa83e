package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"countersign/internal/help"
)

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | TOPIC]",
		Short: "Help about a command or a topic",
		Long:  "Help about a command or a topic. Topics: " + strings.Join(help.Topics(), ", ") + ".",
		RunE: func(cmd *cobra.Command, args []string) error {
			// A topic has precedence: a command of the same name has --help.
			if len(args) == 1 && slices.Contains(help.Topics(), args[0]) {
				return printTopic(cmd, args[0])
			}
			if target, _, err := cmd.Root().Find(args); err == nil && (len(args) == 0 || target != cmd.Root()) {
				return target.Help()
			}
			return printTopic(cmd, args[0])
		},
	}
}

func printTopic(cmd *cobra.Command, name string) error {
	text, err := help.Topic(name)
	if err != nil {
		return exit{exitUsage, err}
	}
	_, _ = fmt.Fprint(cmd.OutOrStdout(), text)
	return nil
}
