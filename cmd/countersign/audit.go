package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"countersign/internal/audit"
	"countersign/internal/config"
	"countersign/internal/store"
	"countersign/internal/store/sqlite"
)

func newAudit(cfg *config.Config, std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Read, verify, export and compact the record of what was asked, answered and done",
		Long:  "Read, verify, export and compact the record of what was asked, answered and done. `countersign help audit` explains what it proves.",
	}
	cmd.AddCommand(newAuditList(cfg), newAuditShow(cfg), newAuditVerify(cfg), newAuditExport(cfg), newAuditCompact(cfg, std))
	return cmd
}

// auditLine is a record in the output of a listing, one JSON object per line.
type auditLine struct {
	Seq       int64           `json:"seq"`
	At        time.Time       `json:"at"`
	Operation string          `json:"operation"`
	Kind      string          `json:"kind"`
	Body      json.RawMessage `json:"body"`
	Hash      string          `json:"hash"`
}

// auditFilter has the flags that select records.
type auditFilter struct {
	audit.Filter
	since, until string
}

func (f *auditFilter) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.Operation, "operation", "", "only the records of this operation")
	flags.StringSliceVar(&f.Kinds, "kind", nil, "only records of these kinds, by commas, such as approved,denied")
	flags.StringVar(&f.Account, "account", "", "only records about this account")
	flags.StringVar(&f.Principal, "principal", "", "only records about calls of this principal")
	flags.StringVar(&f.since, "since", "", "only records from then on: a day, a time, or how long ago as 12h or 30d; in UTC unless it has a zone")
	flags.StringVar(&f.until, "until", "", "only records before then")
	flags.IntVar(&f.Limit, "limit", 0, "at most so many, the last ones; 0 gives all")
}

func (f *auditFilter) read() error {
	for _, t := range []struct {
		flag, text string
		into       *time.Time
	}{{"since", f.since, &f.Since}, {"until", f.until, &f.Until}} {
		if t.text == "" {
			continue
		}
		var err error
		if *t.into, err = audit.ParseTime(t.text, time.Now(), time.UTC); err != nil {
			return exit{exitUsage, fmt.Errorf("--%s: %w", t.flag, err)}
		}
	}
	if f.Limit < 0 {
		return exit{exitUsage, fmt.Errorf("--limit cannot be negative, it is %d", f.Limit)}
	}
	return nil
}

func newAuditList(cfg *config.Config) *cobra.Command {
	var filter auditFilter
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List records: a table on a terminal, elsewhere one JSON object a line",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := filter.read(); err != nil {
				return err
			}
			return readState(cmd.Context(), cfg, func(s *sqlite.Store) error {
				out := cmd.OutOrStdout()
				if err := filter.checkKinds(cmd.Context(), s); err != nil {
					return err
				}
				found := 0
				if asJSON || !isTerminal(out) {
					err := filter.Each(cmd.Context(), s, func(r store.Record) error {
						found++
						return listJSON(out, r)
					})
					return cmp.Or(err, filter.checkFound(cmd.Context(), s, found))
				}
				table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
				_, _ = fmt.Fprintln(table, "RECORD\tTIME\tOPERATION\tKIND\tCALLER\tACCOUNT\tTOOL\tWHAT")
				err := filter.Each(cmd.Context(), s, func(r store.Record) error {
					found++
					_, err := fmt.Fprintln(table, audit.Row(r, time.UTC))
					return err
				})
				if err := cmp.Or(err, filter.checkFound(cmd.Context(), s, found)); err != nil {
					return err
				}
				return table.Flush()
			})
		},
	}
	filter.bind(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line on a terminal too")
	return cmd
}

func listJSON(out io.Writer, r store.Record) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(auditLine{r.Seq, r.At, r.Operation, r.Kind, r.Body, r.Hash})
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
