package main

import (
	"fmt"
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
			if target, _, err := cmd.Root().Find(args); err == nil && (len(args) == 0 || target != cmd.Root()) {
				return target.Help()
			}
			text, err := help.Topic(args[0])
			if err != nil {
				return exit{exitUsage, err.Error()}
			}
			_, _ = fmt.Fprint(cmd.OutOrStdout(), text)
			return nil
		},
	}
}
