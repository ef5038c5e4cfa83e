package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/store"
)

func newAudit(cfg *config.Config) *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Read and verify the record of what was asked, answered and done"}
	cmd.AddCommand(newAuditList(cfg), newAuditVerify(cfg))
	return cmd
}

// auditLine is a record as it is printed, one JSON object a line.
type auditLine struct {
	Seq       int64           `json:"seq"`
	At        time.Time       `json:"at"`
	Operation string          `json:"operation"`
	Kind      string          `json:"kind"`
	Body      json.RawMessage `json:"body"`
	Hash      string          `json:"hash"`
}

func newAuditList(cfg *config.Config) *cobra.Command {
	var operation string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Print the records, one JSON object a line",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDesk(cmd.Context(), cfg, func(desk guard.Desk) error {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetEscapeHTML(false)
				var printErr error
				err := desk.Store.Records(cmd.Context(), 0, func(r store.Record) bool {
					if operation == "" || r.Operation == operation {
						printErr = enc.Encode(auditLine{r.Seq, r.At, r.Operation, r.Kind, r.Body, r.Hash})
					}
					return printErr == nil
				})
				if err != nil {
					return err
				}
				return printErr
			})
		},
	}
	cmd.Flags().StringVar(&operation, "operation", "", "only the records of this operation")
	return cmd
}

func newAuditVerify(cfg *config.Config) *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Recompute the chain of hashes and name the first record that does not hold",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDesk(cmd.Context(), cfg, func(desk guard.Desk) error {
				count, head, broken, err := desk.Store.VerifyAudit(cmd.Context())
				if err != nil {
					return err
				}
				if broken != nil {
					return exit{exitFailed, fmt.Sprintf("the audit does not hold: record %d: %s (%d before it hold)", broken.Seq, broken.Reason, count)}
				}
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%d records hold; head %s\n", count, head)
				return nil
			})
		},
	}
}
