package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/store"
)

func newGrants(cfg *config.Config, std streams) *cobra.Command {
	cmd := &cobra.Command{Use: "grants", Short: "List and revoke what was granted beforehand"}
	cmd.AddCommand(newGrantsList(cfg), newGrantsRevoke(cfg, std))
	return cmd
}

func newGrantsList(cfg *config.Config) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the standing grants of everybody, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDesk(cmd.Context(), cfg, func(desk guard.Desk) error {
				rows, err := desk.Grants(cmd.Context())
				if err != nil {
					return err
				}
				for _, g := range rows {
					_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s  %-8s %-8s %d uses and %s per hour left, until %s\n    %s\n",
						g.Grant, g.Principal, g.State, g.UsesLeft, g.PerHourLeft, g.Until.UTC().Format(timeShown), g.Summary)
				}
				if len(rows) == 0 {
					_, _ = fmt.Fprintln(cmd.OutOrStdout(), "Nothing was granted beforehand.")
				}
				return nil
			})
		},
	}
}

func newGrantsRevoke(cfg *config.Config, std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke GRANT",
		Short: "Take a standing grant back at once",
		Long:  "Take a standing grant back at once, whoever has it. It needs no terminal: taking back can do no harm. What was made with it stays.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDesk(cmd.Context(), cfg, func(desk guard.Desk) error {
				err := desk.Revoke(cmd.Context(), args[0], userName())
				if errors.Is(err, store.ErrNotFound) {
					return exit{exitUsage, fmt.Errorf("there is no grant %q in this state folder; `countersign grants list` lists them (add --sandbox or --state for another folder)", args[0])}
				}
				if err != nil {
					return err
				}
				_, _ = fmt.Fprintln(std.err, "Revoked. Nothing more is drawn from it.")
				return nil
			})
		},
	}
}
