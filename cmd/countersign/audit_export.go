package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/audit"
	"countersign/internal/config"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
)

func newAuditExport(cfg *config.Config) *cobra.Command {
	var format, file string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Export all records as JSON lines, which can be verified on their own, or as CSV for a spreadsheet",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			write, err := exporter(format)
			if err != nil {
				return err
			}
			return readState(cmd.Context(), cfg, func(s *sqlite.Store) error {
				if file == "" {
					_, err := write(cmd.Context(), s, cmd.OutOrStdout())
					return err
				}
				var count int64
				err := audit.WriteFile(file, func(f *os.File) (err error) {
					count, err = write(cmd.Context(), s, f)
					return err
				})
				if errors.Is(err, audit.ErrThere) {
					return exit{exitUsage, err}
				}
				if err == nil {
					_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d records are in %s.\n", count, file)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&format, "format", "jsonl", "jsonl or csv")
	cmd.Flags().StringVar(&file, "out", "", "a new file, which only you can read (default: standard output)")
	return cmd
}

// exporter returns the function that writes an export in a format.
func exporter(format string) (func(ctx context.Context, s *sqlite.Store, out io.Writer) (int64, error), error) {
	write := func(out io.Writer, chain store.Snapshot) (int64, error) {
		return audit.WriteJSONL(out, chain, 0, time.Now())
	}
	switch format {
	case "jsonl":
	case "csv":
		write = audit.WriteCSV
	default:
		return nil, exit{exitUsage, fmt.Errorf("--format is jsonl or csv, not %q", format)}
	}
	return func(ctx context.Context, s *sqlite.Store, out io.Writer) (count int64, err error) {
		err = s.ReadAudit(ctx, func(chain store.Snapshot) (err error) {
			count, err = write(out, chain)
			return err
		})
		return count, err
	}, nil
}
