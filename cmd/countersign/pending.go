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

// printPending lists the waiting operations, newest first, and counts them by
// principal.
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

// age formats a duration for a person.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(max(d, 0).Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d h", int(d.Hours()))
}
