package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/audit"
	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
)

func newAuditShow(cfg *config.Config) *cobra.Command {
	return &cobra.Command{
		Use:   "show OPERATION|RECORD",
		Short: "Tell the whole story of an operation, or of the operation that a record is about",
		Long: "Tell in words what an operation was to do, what was shown, who answered on which road and at which terminal after how many seconds, " +
			"what was sent and what came back.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return readState(cmd.Context(), cfg, func(s *sqlite.Store) error {
				records, err := storyOf(cmd.Context(), s, args[0])
				if err != nil {
					return err
				}
				out := cmd.OutOrStdout()
				if id := records[0].Operation; id != "" {
					_, _ = fmt.Fprintf(out, "Operation %s\n\n", id)
				}
				return audit.Teller{Plan: guard.PlanText, Zone: time.UTC}.Tell(out, records)
			})
		},
	}
}

// storyOf reads the records of an operation. name is its ID or the number of any of
// its records.
func storyOf(ctx context.Context, s *sqlite.Store, name string) ([]store.Record, error) {
	var records []store.Record
	keep := func(r store.Record) error { records = append(records, r); return nil }
	operation := name
	if seq, err := strconv.ParseInt(name, 10, 64); err == nil && seq > 0 {
		var found *store.Record
		err := s.Records(ctx, seq-1, func(r store.Record) bool {
			found = &r
			return false
		})
		switch {
		case err != nil:
			return nil, err
		case found == nil || found.Seq != seq:
			return nil, exit{exitUsage, fmt.Errorf("there is no record %d; `countersign audit list` has those that there are, and older ones may be in an archive", seq)}
		case found.Operation == "":
			return []store.Record{*found}, nil
		}
		operation = found.Operation
	}
	if err := (audit.Filter{Operation: operation}).Each(ctx, s, keep); err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, exit{exitUsage, fmt.Errorf("the audit of this state folder has nothing about %q; `countersign audit list` has what there is (add --sandbox or --state for another folder)", name)}
	}
	return records, nil
}
