package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/process"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
)

// withDesk opens the state folder for a person.
func withDesk(ctx context.Context, cfg *config.Config, act func(guard.Desk) error) error {
	dir, err := cfg.StateDir()
	if err != nil {
		return err
	}
	s, err := sqlite.Open(ctx, dir)
	if err != nil {
		return err
	}
	err = act(guard.Desk{Store: s, Now: time.Now, UseTTL: cfg.UseTTL})
	return errors.Join(err, s.Close())
}

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
				for _, op := range ops {
					_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s  %-8s until %s  %s\n", op.ID, op.Effect, op.ExpiresAt.Local().Format(time.TimeOnly), op.Summary)
				}
				if len(ops) == 0 {
					_, _ = fmt.Fprintln(cmd.OutOrStdout(), "Nothing waits for a person.")
				}
				return nil
			})
		},
	}
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
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s\n\nState: %s.\n", q.Text, op.State)
				if !op.AnsweredAt.IsZero() {
					_, _ = fmt.Fprintf(cmd.OutOrStdout(), "Answered at %s by %s (%s).\n", op.AnsweredAt.Local().Format(time.DateTime), op.Approver, op.Road)
				}
				return nil
			})
		},
	}
}

func question(ctx context.Context, desk guard.Desk, id string) (store.Operation, guard.Question, error) {
	op, err := desk.Store.Operation(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return op, guard.Question{}, exit{exitUsage, fmt.Sprintf("there is no operation %q in this state folder; `countersign pending` lists those that wait (add --sandbox or --state for another folder)", id)}
	}
	if err != nil {
		return op, guard.Question{}, err
	}
	q, err := desk.Question(ctx, op)
	return op, q, err
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
	approval, err := personAtTerminal(ctx, std, desk.Store, op)
	if err != nil {
		return err
	}
	if op.State != store.Waiting {
		return refuse(desk.Approve(ctx, op, approval)) // says why it is too late
	}
	answer, err := askTerminal(ctx, std, q)
	if err != nil {
		return err
	}
	if !q.Consents(answer) {
		_, _ = fmt.Fprintln(std.err, "Not approved. It still waits; `countersign deny "+op.ID+"` says no.")
		return exit{code: exitRefused}
	}
	if err := desk.Approve(ctx, op, approval); err != nil {
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
				op, _, err := question(cmd.Context(), desk, args[0])
				if err != nil {
					return err
				}
				// Saying no can do no harm: it needs no terminal.
				if err := desk.Deny(cmd.Context(), op, guard.Approval{By: userName(), Road: "terminal", Terminal: terminalName(std.in)}, reason); err != nil {
					return refuse(err)
				}
				_, _ = fmt.Fprintln(std.err, "Denied. Nothing was carried out.")
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why; it stands in the audit")
	return cmd
}

// personAtTerminal makes sure that a person of their own answers, as far as a
// process can tell: a real terminal, and none of the processes above this one
// is a client that agents use.
func personAtTerminal(ctx context.Context, std streams, s store.Store, op store.Operation) (guard.Approval, error) {
	if !term.IsTerminal(int(std.in.Fd())) {
		return guard.Approval{}, exit{exitRefused, "approving needs a terminal with a person at it, and standard input is none; run it in a terminal window of your own"}
	}
	if _, err := s.Instance(ctx, op.Instance); err != nil {
		return guard.Approval{}, exit{exitRefused, "it is not known which process asked, so it cannot be told whether this is another one; let the agent call again"}
	}
	if err := ownTerminal(ctx, s); err != nil {
		return guard.Approval{}, err
	}
	return guard.Approval{By: userName(), Road: "terminal", Terminal: terminalName(std.in)}, nil
}

// ownTerminal refuses a terminal that runs under an MCP client: the one that
// asked, or any other that ever started a server on this state, because what an
// agent there could type is no person's answer.
func ownTerminal(ctx context.Context, s store.Store) error {
	instances, err := s.Instances(ctx)
	if err != nil {
		return err
	}
	var clients []process.Ident
	for _, i := range instances {
		client := process.Ident{PID: i.ClientPID, Started: i.ClientStarted}
		if i.ClientPID != 0 && !slices.Contains(clients, client) {
			clients = append(clients, client)
		}
	}
	under, err := process.DescendsFrom(clients...)
	if err != nil {
		return exit{exitRefused, "it cannot be told which processes stand above this one: " + err.Error()}
	}
	if under {
		return exit{exitRefused, "this terminal runs under an MCP client, where an agent could type; approve in a terminal window of your own"}
	}
	return nil
}

func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "uid " + fmt.Sprint(os.Getuid())
}

// terminalName names the terminal for the audit, as far as the system tells.
func terminalName(f *os.File) string {
	if name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd())); err == nil && strings.HasPrefix(name, "/dev/") {
		return name
	}
	return f.Name()
}
