package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"countersign/internal/approver"
	"countersign/internal/config"
	"countersign/internal/guard"
)

func newApprover(cfg *config.Config, std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "approver",
		Short: "Set, change or remove the PIN that approving in a terminal asks for",
		Long: "Once a PIN is set, approving and settling in a terminal ask for it. Three wrong tries lock it for a while, each time for longer, " +
			"however many processes try. A form of a client does not ask for it.",
	}
	cmd.AddCommand(
		deskTask(cfg, withNewDesk, "set", "Set the PIN, or change it", func(ctx context.Context, desk guard.Desk, _ io.Writer) error { return setPIN(ctx, std, desk) }),
		deskTask(cfg, withDesk, "status", "Tell whether a PIN is set, and whether it is locked", pinStatus),
		deskTask(cfg, withDesk, "remove", "Remove the PIN; it has to be typed once more", func(ctx context.Context, desk guard.Desk, _ io.Writer) error {
			return removePIN(ctx, std, desk)
		}),
	)
	return cmd
}

// deskTask returns a subcommand without arguments that works at the desk which at opens.
func deskTask(cfg *config.Config, at func(context.Context, *config.Config, func(guard.Desk) error) error, use, short string, act func(context.Context, guard.Desk, io.Writer) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return at(cmd.Context(), cfg, func(desk guard.Desk) error { return act(cmd.Context(), desk, cmd.OutOrStdout()) })
		},
	}
}

func setPIN(ctx context.Context, std streams, desk guard.Desk) error {
	person, err := personAt(ctx, std, desk)
	if err != nil {
		return err
	}
	if err := person.prove(ctx, std, desk, guard.PINSubject); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(std.err, "The new PIN has at least %d characters. Who can read the state folder can try PINs without being locked: a sentence lasts, six digits do not.\n", approver.MinLength)
	pin, err := askPIN(ctx, std, "New PIN: ")
	if err != nil {
		return err
	}
	if err := approver.Check(pin); err != nil {
		return refuse(err)
	}
	again, err := askPIN(ctx, std, "Once more: ")
	if err != nil {
		return err
	}
	if !approver.Same(pin, again) {
		return exit{exitRefused, errors.New("the two are not the same; nothing was changed")}
	}
	if err := desk.SetPIN(ctx, person.Approval, pin); err != nil {
		return refuse(err)
	}
	_, _ = fmt.Fprintln(std.err, "Set. Approving in a terminal asks for it from now on.")
	return nil
}

func pinStatus(ctx context.Context, desk guard.Desk, out io.Writer) error {
	pin, err := desk.PIN(ctx)
	switch {
	case err != nil:
		return refuse(err)
	case !pin.Set:
		_, _ = fmt.Fprintln(out, "No approver's PIN is set. `countersign approver set` sets one.")
		return nil
	}
	_, _ = fmt.Fprintf(out, "An approver's PIN is set, since %s, by %s (%s).\n", pin.At.UTC().Format(timeShown), pin.By, pin.Terminal)
	if pin.Wrong > 0 {
		_, _ = fmt.Fprintf(out, "Wrong tries since the last right one: %d.\n", pin.Wrong)
	}
	if !pin.LockedUntil.IsZero() {
		_, _ = fmt.Fprintf(out, "It is locked until %s.\n", pin.LockedUntil.UTC().Format(timeShown))
	}
	return nil
}

func removePIN(ctx context.Context, std streams, desk guard.Desk) error {
	person, err := personAt(ctx, std, desk)
	if err != nil {
		return err
	}
	if !person.hasPIN {
		return exit{exitRefused, errors.New("no approver's PIN is set")}
	}
	if err := person.prove(ctx, std, desk, guard.PINSubject); err != nil {
		return err
	}
	if err := desk.RemovePIN(ctx, person.Approval); err != nil {
		return refuse(err)
	}
	_, _ = fmt.Fprintln(std.err, "Removed. Approving in a terminal asks for no PIN any more.")
	return nil
}
