package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"countersign/internal/config"
)

func newTools(cfg *config.Config) *cobra.Command {
	return &cobra.Command{
		Use:   "tools",
		Short: "List the tools that the configured clouds can serve",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			definitions, err := catalogue(cmd.Context(), cfg, os.LookupEnv)
			if err != nil {
				return err
			}
			served, err := chosen(definitions, cfg.Toolsets)
			if err != nil {
				return err
			}
			for _, d := range definitions {
				off := ""
				if !slices.Contains(served, d) {
					off = " (off; --toolsets " + strings.Join(append(slices.Clone(cfg.Toolsets), d.Toolset), ",") + ")"
				}
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%-23s %-17s %-8s %s%s\n", d.Name, d.Toolset, d.Effect, d.Title, off)
			}
			return nil
		},
	}
}
