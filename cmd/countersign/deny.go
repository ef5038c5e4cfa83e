package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/store"
)

func newDeny(cfg *config.Config, std streams) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "deny OPERATION",
		Short: "Say no to an operation, or take back a yes that is not used yet",
		Long: "Say no to an operation that waits for a person, or take back an approval before the agent's repeated call has used it. " +
			"It needs no terminal: a no can do no harm. What was carried out already stays.",
		Args: cobra.ExactArgs(1),
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
				told := "Denied. Nothing was carried out."
				if op.State == store.Approved {
					told = "Denied. The approval is taken back; nothing was carried out."
				}
				_, _ = fmt.Fprintln(std.err, told)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why; the agent is told and it stands in the audit")
	return cmd
}
