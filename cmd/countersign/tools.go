package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/tool"
)

func newTools(cfg *config.Config) *cobra.Command {
	return &cobra.Command{
		Use:   "tools [TOOL]",
		Short: "List the tools that the configured clouds can serve, or show what one takes",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			definitions, err := catalogue(cmd.Context(), cfg, os.LookupEnv)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				d := tool.Find(definitions, args[0])
				if d == nil {
					return exit{exitUsage, noSuchTool(args[0], definitions)}
				}
				return showTool(cmd.OutOrStdout(), d)
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
