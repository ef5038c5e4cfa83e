package main

import (
	"fmt"
	"os"

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
			for _, d := range definitions {
				_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%-18s %-8s %s\n", d.Name, d.Effect, d.Title)
			}
			return nil
		},
	}
}
