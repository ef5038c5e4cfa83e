package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/audit"
	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/store"
)

func newAuditCompact(cfg *config.Config, std streams) *cobra.Command {
	var before, archive string
	cmd := &cobra.Command{
		Use:   "compact --before DATE [--archive FILE]",
		Short: "Remove the oldest records, in a way that the rest can still be verified",
		Long: "Remove the records before a day, after writing them to an archive. What was removed stays accounted for: a record vouches for where the chain begins, and " +
			"archive and rest are verified together. Records of operations that are still open stay. It asks on a terminal of your own, as approving does.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if before == "" {
				return exit{exitUsage, errors.New("--before is missing: the day before which records are removed, as in --before 2025-01-01 or --before 400d")}
			}
			until, err := audit.ParseTime(before, time.Now(), time.UTC)
			if err != nil {
				return exit{exitUsage, fmt.Errorf("--before: %w", err)}
			}
			return compact(cmd.Context(), cfg, std, until, archive)
		},
	}
	cmd.Flags().StringVar(&before, "before", "", "the day, the time (in UTC unless it has a zone), or how long ago as 400d, before which records are removed")
	cmd.Flags().StringVar(&archive, "archive", "", "a new file for the records that are removed; without one they are gone for ever")
	return cmd
}

func compact(ctx context.Context, cfg *config.Config, std streams, before time.Time, archive string) error {
	return withDesk(ctx, cfg, func(desk guard.Desk) error {
		person, err := personAt(ctx, std, desk)
		if err != nil {
			return err
		}
		now := time.Now()
		cut, err := audit.FindCut(ctx, desk.Store, before, now, 0)
		if err != nil {
			return err
		}
		if cut.Stopped != "" {
			_, _ = fmt.Fprintf(std.err, "Operation %s is still open: its records and all behind them stay.\n", cut.Stopped)
		}
		if cut.Last.Seq == 0 {
			_, _ = fmt.Fprintln(std.err, "There is nothing to remove.")
			return nil
		}
		if err := confirmCut(ctx, std, cut, archive); err != nil {
			return err
		}
		if err := person.prove(ctx, std, desk, guard.PINSubject); err != nil {
			return err
		}
		gone, err := audit.Compact(ctx, desk.Store, cut, audit.Compaction{
			By: person.By, Road: person.Road, Terminal: person.Terminal,
			Archive: archive, Anchor: cfg.Anchor(), Standing: guard.StandingRecords(), Now: now,
		})
		switch {
		case errors.Is(err, audit.ErrThere):
			return exit{exitUsage, err}
		case errors.Is(err, store.ErrConflict):
			return exit{exitFailed, fmt.Errorf("the audit was changed meanwhile, and nothing was removed; run it again: %w", err)}
		case err != nil:
			return err
		}
		_, _ = fmt.Fprintf(std.out, "Removed %d records, %d operations and %d names. The chain begins after record %d.\n", gone.Records, gone.Operations, gone.Names, cut.Last.Seq)
		return nil
	})
}

func confirmCut(ctx context.Context, std streams, cut audit.Cut, archive string) error {
	kept := "They are kept nowhere: no --archive is given."
	if archive != "" {
		kept = "They are written to " + archive + " first."
	}
	_, _ = fmt.Fprintf(std.err, "%d records, up to number %d of %s, are removed from the audit. %s\nType the number of records to go on: ",
		cut.Last.Count, cut.Last.Seq, cut.Last.At.UTC().Format(timeShown), kept)
	line, err := readTerminal(ctx, std.in)
	if err != nil {
		return err
	}
	if line != strconv.FormatInt(cut.Last.Count, 10) {
		_, _ = fmt.Fprintln(std.err, "Nothing was removed.")
		return exit{code: exitRefused}
	}
	return nil
}
