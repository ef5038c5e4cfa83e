package main

import (
	"context"
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
		Short: "List the operations that wait for a person, and those that a person has to settle",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDesk(cmd.Context(), cfg, func(desk guard.Desk) error {
				return listPending(cmd.Context(), cmd.OutOrStdout(), cfg, desk)
			})
		},
	}
}

func listPending(ctx context.Context, out io.Writer, cfg *config.Config, desk guard.Desk) error {
	dir, err := cfg.StateDir()
	if err != nil {
		return err
	}
	waiting, err := desk.Pending(ctx)
	if err != nil {
		return err
	}
	unsettled, err := desk.Unsettled(ctx)
	if err != nil {
		return err
	}
	if err := printWaiting(out, cfg, waiting, desk.Now()); err != nil {
		return err
	}
	if err := printUnsettled(ctx, out, cfg, desk, unsettled); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "State folder: %s\n", dir)
	return err
}

// printWaiting lists the waiting operations, newest first, and counts them by
// principal.
func printWaiting(out io.Writer, cfg *config.Config, ops []store.Operation, now time.Time) error {
	if len(ops) == 0 {
		_, err := fmt.Fprintln(out, "Nothing waits for a person.")
		return err
	}
	of := map[string]int{}
	for _, op := range ops {
		of[op.Principal]++
		what, err := whatItDoes(op)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%s  %-8s %s  asked %s ago, until %s  %s\n",
			op.ID, op.Effect, op.Principal, age(now.Sub(op.CreatedAt)), op.ExpiresAt.UTC().Format("15:04:05 MST"), what)
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
	_, err := fmt.Fprintf(out, "\n%d %s for a person: %s.\nThe plan: %s OPERATION. Yes: %s OPERATION. No: %s OPERATION.\n", len(ops), waits,
		strings.Join(principals, ", "), deskCommand(cfg, "show"), deskCommand(cfg, "approve"), deskCommand(cfg, "deny"))
	return err
}

// printUnsettled lists the operations whose outcome is not known, with what the cloud
// last told of them.
func printUnsettled(ctx context.Context, out io.Writer, cfg *config.Config, desk guard.Desk, ops []store.Operation) error {
	if len(ops) == 0 {
		return nil
	}
	_, _ = fmt.Fprintf(out, "\nThe outcome of %d is not known; until it is, calls that would make the same are refused. Look at the cloud and settle what stays so:\n", len(ops))
	for _, op := range ops {
		what, err := whatItDoes(op)
		if err != nil {
			return err
		}
		looked, err := desk.LastLook(ctx, op)
		if err != nil {
			return err
		}
		command, err := settleCommand(cfg, op)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%s  %-8s %s  sent %s ago, at %s  %s\n%s    %s\n",
			op.ID, op.Effect, op.Principal, age(desk.Now().Sub(op.SentAt)), op.SentAt.UTC().Format(timeShown), what, lookedText("    ", looked), command)
	}
	return nil
}

// lookedText tells what the cloud last told of an operation, in lines that begin with
// indent.
func lookedText(indent string, looked guard.Looked) string {
	if !looked.Asked {
		return ""
	}
	text := indent + "The cloud could not tell: " + looked.Why + ".\n"
	if slices.ContainsFunc(looked.Possible, func(id string) bool { return !strings.Contains(looked.Why, id) }) {
		text += indent + "These may be it: " + strings.Join(looked.Possible, ", ") + "\n"
	}
	return text
}

// whatItDoes returns the summary of an operation with the names of what it is about.
func whatItDoes(op store.Operation) (string, error) {
	subject, err := guard.Subject(op)
	if err != nil || subject == "" {
		return op.Summary, err
	}
	return strings.TrimSuffix(op.Summary, ".") + ": " + subject, nil
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
