package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/store"
)

func newShow(cfg *config.Config) *cobra.Command {
	return &cobra.Command{
		Use:   "show OPERATION",
		Short: "Show an operation with its whole plan",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDesk(cmd.Context(), cfg, func(desk guard.Desk) error {
				op, q, err := question(cmd.Context(), desk, args[0])
				if err != nil {
					return err
				}
				next, err := whatNext(cmd.Context(), cfg, desk, op)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n\nState: %s.\n%s", q.Text, desk.StateOf(op), next)
				return err
			})
		},
	}
}

// whatNext returns how an operation was answered, and what a person can do with it.
func whatNext(ctx context.Context, cfg *config.Config, desk guard.Desk, op store.Operation) (string, error) {
	var b strings.Builder
	if !op.AnsweredAt.IsZero() {
		fmt.Fprintf(&b, "Answered at %s by %s (%s).\n", op.AnsweredAt.UTC().Format(timeShown), op.Approver, op.Road)
	}
	if e := guard.Ended(op); e != "" {
		b.WriteString(e + "\n")
	}
	if op.ClosedBy != "" {
		fmt.Fprintf(&b, "What came of it was said by %s.\n", op.ClosedBy)
	}
	switch {
	case desk.StateOf(op) != op.State:
		fmt.Fprintf(&b, "Its time was over at %s: let the agent call again.\n", op.ExpiresAt.UTC().Format(timeShown))
	case op.State == store.Waiting:
		fmt.Fprintf(&b, "To approve it: %s\nTo say no: %s\n", approveCommand(cfg, op.ID), deskCommand(cfg, "deny")+" "+op.ID)
	case op.State == store.Approved:
		fmt.Fprintf(&b, "It is carried out when the agent repeats its call, until %s. To take the approval back: %s\n",
			op.ExpiresAt.UTC().Format(timeShown), deskCommand(cfg, "deny")+" "+op.ID)
	case op.State == store.Unknown:
		looked, err := desk.LastLook(ctx, op)
		if err != nil {
			return "", err
		}
		command, err := settleCommand(cfg, op)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%sIf it stays so and you know what came of it: %s\n", lookedText("", looked), command)
	}
	return b.String(), nil
}
