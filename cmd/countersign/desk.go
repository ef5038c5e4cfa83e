package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/store"
)

// withDesk opens the state folder for a person.
func withDesk(ctx context.Context, cfg *config.Config, act func(guard.Desk) error) error {
	s, witness, err := openState(ctx, cfg, zerolog.Nop())
	if err != nil {
		return err
	}
	err = act(guard.Desk{Store: s, Now: time.Now, UseTTL: cfg.UseTTL})
	return errors.Join(err, witness.Ready(), s.Close())
}

func question(ctx context.Context, desk guard.Desk, id string) (store.Operation, guard.Question, error) {
	op, err := operationAt(ctx, desk, id)
	if err != nil {
		return op, guard.Question{}, err
	}
	q, err := desk.Question(ctx, op)
	if op.Principal != principal {
		q.Text = "Asked by " + op.Principal + ".\n\n" + q.Text
	}
	return op, q, refuse(err)
}

func operationAt(ctx context.Context, desk guard.Desk, id string) (store.Operation, error) {
	op, err := desk.Store.Operation(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return op, exit{exitUsage, fmt.Sprintf("there is no operation %q in this state folder; `countersign pending` lists those that wait (add --sandbox or --state for another folder)", id)}
	}
	return op, err
}

func newApprove(cfg *config.Config, std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "approve OPERATION",
		Short: "Approve an operation, after reading what it does",
		Long: "Show what an operation does and ask for approval on this terminal. It needs a real terminal and refuses to run under an MCP client. " +
			"Approving carries nothing out: the agent's repeated call does.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDesk(cmd.Context(), cfg, func(desk guard.Desk) error {
				return approve(cmd.Context(), std, desk, args[0])
			})
		},
	}
}

func approve(ctx context.Context, std streams, desk guard.Desk, id string) error {
	op, q, err := question(ctx, desk, id)
	if err != nil {
		return err
	}
	if op.State != store.Waiting {
		return refuse(desk.Answerable(op))
	}
	person, err := personAt(ctx, std, desk)
	if err != nil {
		return err
	}
	if _, err := desk.Store.Instance(ctx, op.Instance); err != nil {
		return exit{exitRefused, "it is not known which process asked, so it cannot be told whether this is another one; let the agent call again"}
	}
	answer, err := askTerminal(ctx, std, q)
	if err != nil {
		return err
	}
	if !q.Consents(answer) {
		_, _ = fmt.Fprintln(std.err, "Not approved. It still waits; `countersign deny "+op.ID+"` says no.")
		return exit{code: exitRefused}
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

func refuse(err error) error {
	if err == nil {
		return nil
	}
	return exit{exitRefused, err.Error()}
}

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
				// Saying no can do no harm: it needs no terminal.
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
