package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/guard"
)

func newDeny(cfg *config.Config, std streams) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "deny OPERATION",
		Short: "Say no to an operation",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDesk(cmd.Context(), cfg, func(desk guard.Desk) error {
				op, err := operationAt(cmd.Context(), desk, args[0])
				if err != nil {
					return err
				}
				// A denial can do no harm, so it needs no terminal.
				if err := desk.Deny(cmd.Context(), op, guard.Approval{By: userName(), Road: guard.RoadTerminal, Terminal: terminalName(std.in)}, reason); err != nil {
					return refuse(err)
				}
				_, _ = fmt.Fprintln(std.err, "Denied. Nothing was carried out.")
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why; the agent is told and it stands in the audit")
	return cmd
}
