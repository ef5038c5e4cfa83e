package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/logging"
	"countersign/internal/mcpserver"
	"countersign/internal/process"
)

// drainTime is how long calls under way may still take when the client is gone.
const drainTime = 90 * time.Second

func newServe(cfg *config.Config, std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve MCP over stdin and stdout",
		Long:  "Serve one MCP client over stdin and stdout. Clients start this command themselves; see the README for what to paste into them.",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), cfg, std) },
	}
}

func serve(ctx context.Context, cfg *config.Config, std streams) error {
	parent, known := process.Parent()
	a, err := newApp(ctx, cfg, std, appOptions{client: parent, lookup: os.LookupEnv})
	if err != nil {
		return err
	}
	defer a.close()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if known {
		go process.Watch(ctx, parent, cancel) // no orphan stays behind
	}
	go func() {
		if err := a.guard.SettleAll(ctx); err != nil && ctx.Err() == nil {
			a.log.Warn().Err(err).Msg("operations of earlier processes could not all be settled")
		}
	}()
	server := mcpserver.New(mcpserver.Options{
		Version: version(), Guard: a.guard, Tools: a.served, Prompts: a.prompts, Principal: principal,
		AskHost: cfg.AskHost, Log: a.log, Slog: logging.Slog(a.log),
	})
	a.log.Info().Int("tools", len(a.served)).Int("prompts", len(a.prompts.List())).Bool("sandbox", cfg.Sandbox).Msg("serving on stdio")
	return server.ServeStdio(ctx, std.in, std.out, drainTime)
}
