package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"countersign/internal/audit"
	"countersign/internal/config"
	"countersign/internal/store/sqlite"
)

func newAuditVerify(cfg *config.Config) *cobra.Command {
	var file string
	var archives []string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Recompute the chain of hashes and name the first record that does not hold",
		Long: "Recompute the chain of hashes and name the first record that was changed, removed, reordered or added. With --audit-anchor every head " +
			"that was written down there has to stand in the chain too: whoever can write the state folder can recompute the chain, and only that finds it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := verify(cmd.Context(), cfg, file, audit.Sources{Archives: archives, Anchor: cfg.Anchor()})
			if err != nil {
				return err
			}
			if broken := found.Broken; broken != nil {
				where := ""
				if found.Where != "" {
					where = " in " + found.Where
				}
				return exit{exitFailed, fmt.Errorf("the audit does not hold: record %d%s: %s (%d before it hold)", broken.Seq, where, broken.Reason, found.Count)}
			}
			sayFinding(cmd.OutOrStdout(), found, cfg.Anchor())
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "file", "", "verify this export instead of the state folder")
	cmd.Flags().StringArrayVar(&archives, "archive", nil, "export of what was compacted away, verified together with the rest; several in their order")
	return cmd
}

func verify(ctx context.Context, cfg *config.Config, file string, with audit.Sources) (audit.Finding, error) {
	for _, named := range append([]string{file}, with.Archives...) {
		if named == "" {
			continue
		}
		if _, err := os.Stat(named); err != nil {
			return audit.Finding{}, exit{exitUsage, fmt.Errorf("cannot read the export: %w", err)}
		}
	}
	if file != "" {
		return audit.VerifyFile(file, with)
	}
	var found audit.Finding
	err := readState(ctx, cfg, func(s *sqlite.Store) (err error) {
		found, err = audit.VerifyStore(ctx, s, with)
		return err
	})
	return found, err
}

// sayFinding prints what was verified, and what this does not prove.
func sayFinding(out io.Writer, f audit.Finding, anchor string) {
	_, _ = fmt.Fprintf(out, "%d records hold; head %s\n", f.Count, f.Head.Hash)
	switch {
	case f.From.Seq == 0:
	case f.Vouched:
		_, _ = fmt.Fprintf(out, "Those up to %d were compacted away, which a record vouches for; --archive FILE verifies them too.\n", f.From.Seq)
	default:
		_, _ = fmt.Fprintf(out, "They begin after record %d, and nothing here vouches for that: give what comes before with --archive FILE.\n", f.From.Seq)
	}
	if anchor == "" {
		_, _ = fmt.Fprintln(out, "No anchor is set (--audit-anchor): whoever can write the state folder could have recomputed all of it.")
		return
	}
	_, _ = fmt.Fprintf(out, "%d anchored heads stand in it, the last of them record %d.\n", f.Anchored, min(f.Last, f.Head.Seq))
	if f.Early > 0 {
		_, _ = fmt.Fprintf(out, "%d anchored heads are older than its first record.\n", f.Early)
	}
	if f.Last > f.Head.Seq {
		_, _ = fmt.Fprintf(out, "The anchor goes on to record %d: the export is older.\n", f.Last)
	}
	if f.Last < f.Head.Seq {
		_, _ = fmt.Fprintf(out, "The last %d records are not anchored yet.\n", f.Head.Seq-max(f.Last, f.From.Seq))
	}
	if f.Unreadable > 0 {
		_, _ = fmt.Fprintf(out, "%d lines of the anchor cannot be read and were passed over.\n", f.Unreadable)
	}
}
