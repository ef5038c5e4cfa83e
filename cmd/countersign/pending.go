package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/store"
)

func newPending(cfg *config.Config) *cobra.Command {
	return &cobra.Command{
		Use:   "pending",
		Short: "List the operations that wait for a person",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDesk(cmd.Context(), cfg, func(desk guard.Desk) error {
				ops, err := desk.Pending(cmd.Context())
				if err != nil {
					return err
				}
				printPending(cmd.OutOrStdout(), cfg, ops, desk.Now())
				return nil
			})
		},
	}
}

// printPending lists what waits, the newest first, and counts it by principal.
func printPending(out io.Writer, cfg *config.Config, ops []store.Operation, now time.Time) {
	if len(ops) == 0 {
		_, _ = fmt.Fprintln(out, "Nothing waits for a person.")
		return
	}
	of := map[string]int{}
	for _, op := range ops {
		of[op.Principal]++
		_, _ = fmt.Fprintf(out, "%s  %-8s %s  asked %s ago, until %s  %s\n",
			op.ID, op.Effect, op.Principal, age(now.Sub(op.CreatedAt)), op.ExpiresAt.Local().Format(time.TimeOnly), op.Summary)
	}
	var principals []string
	for name, n := range of {
		principals = append(principals, fmt.Sprintf("%d of %s", n, name))
	}
	slices.Sort(principals)
	waits := "wait"
	if len(ops) == 1 {
		waits = "waits"
	}
	_, _ = fmt.Fprintf(out, "\n%d %s for a person: %s.\nThe plan: %s OPERATION. Yes: %s OPERATION. No: %s OPERATION.\n", len(ops), waits,
		strings.Join(principals, ", "), deskCommand(cfg, "show"), deskCommand(cfg, "approve"), deskCommand(cfg, "deny"))
}

// age is a duration as a person says it.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(max(d, 0).Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h", int(d.Hours()))
}

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
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s\n\nState: %s.\n%s", q.Text, op.State, whatNext(cfg, op, desk.Now()))
				return nil
			})
		},
	}
}

// whatNext says how an operation was answered, and what a person can do with it.
func whatNext(cfg *config.Config, op store.Operation, now time.Time) string {
	var b strings.Builder
	if !op.AnsweredAt.IsZero() {
		fmt.Fprintf(&b, "Answered at %s by %s (%s).\n", op.AnsweredAt.Local().Format(time.DateTime), op.Approver, op.Road)
	}
	if e := guard.Ended(op); e != "" {
		b.WriteString(e + "\n")
	}
	if op.ClosedBy != "" {
		fmt.Fprintf(&b, "What came of it was said by %s.\n", op.ClosedBy)
	}
	switch {
	case op.State == store.Waiting && !now.Before(op.ExpiresAt):
		b.WriteString("Its time is over: let the agent call again.\n")
	case op.State == store.Waiting:
		fmt.Fprintf(&b, "To approve it: %s\nTo say no: %s\n", approveCommand(cfg, op.ID), deskCommand(cfg, "deny")+" "+op.ID)
	case op.State == store.Approved:
		b.WriteString("It is carried out when the agent repeats its call.\n")
	case op.State == store.Unknown:
		fmt.Fprintf(&b, "If it stays so and you know what came of it: %s\n", settleCommand(cfg, op))
	}
	return b.String()
}

func settleCommand(cfg *config.Config, op store.Operation) string {
	return deskCommand(cfg, "settle") + " " + op.ID + " made=ID, or nothing"
}
