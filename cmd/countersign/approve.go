package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/store"
)

func newApprove(cfg *config.Config, std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "approve OPERATION",
		Short: "Approve an operation, after reading what it does",
		Long: "Show what an operation does and ask for approval on this terminal. It needs a real terminal and refuses to run under an MCP client. " +
			"Approving carries nothing out: the agent's repeated call does.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDesk(cmd.Context(), cfg, func(desk guard.Desk) error {
				return approve(cmd.Context(), cfg, std, desk, args[0])
			})
		},
	}
}

func approve(ctx context.Context, cfg *config.Config, std streams, desk guard.Desk, id string) error {
	op, q, err := question(ctx, desk, id)
	if err != nil {
		return err
	}
	if err := desk.Answerable(op); err != nil {
		return refuse(err)
	}
	person, err := personAt(ctx, std, desk)
	if err != nil {
		return err
	}
	if _, err := desk.Store.Instance(ctx, op.Instance); err != nil {
		return exit{exitRefused, errors.New("it is not known which process asked, so it cannot be told whether this is another one; let the agent call again")}
	}
	_, _ = fmt.Fprint(std.err, ageWarning(op, desk.Now()))
	answer, err := askTerminal(ctx, std, q)
	if err != nil {
		return err
	}
	if !q.Consents(answer) {
		_, _ = fmt.Fprintln(std.err, "Not approved. It still waits; `"+deskCommand(cfg, "deny")+" "+op.ID+"` says no.")
		return exit{code: exitRefused}
	}
	if err := desk.Answerable(op); err != nil {
		return refuse(err) // it lapsed while it was read
	}
	if err := person.prove(ctx, std, desk, op.ID); err != nil {
		return err
	}
	if err := desk.Approve(ctx, op, person.Approval); err != nil {
		return refuse(err)
	}
	_, _ = fmt.Fprintf(std.err, "Approved. It is carried out when the agent repeats its call, within %s.\n", desk.UseTTL)
	return nil
}

// freshFor is how long the figures of a question need no warning.
const freshFor = 2 * time.Minute

// ageWarning returns a warning about a question that was asked a while ago: what it
// shows is not read again for the person.
func ageWarning(op store.Operation, now time.Time) string {
	old := now.Sub(op.CreatedAt)
	if old <= freshFor {
		return ""
	}
	return fmt.Sprintf("This was asked %s ago, and what it shows is as old. Plan, caps and prices are checked again when the agent repeats its call.\n", age(old))
}
