package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/audit"
	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/logging"
	"countersign/internal/mcpserver"
	"countersign/internal/process"
)

// drainTime is the timeout for running calls after the client has disconnected.
const drainTime = 90 * time.Second

func newServe(cfg *config.Config, std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve MCP over stdin and stdout, or over HTTP",
		Long: "Serve one MCP client over stdin and stdout. Clients start this command themselves; see the README for what to paste into them. " +
			"With --http it serves many clients at /mcp of that address.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cfg.HTTP != "" {
				return serveHTTP(cmd.Context(), cfg, std)
			}
			if err := checkStdio(cfg); err != nil {
				return err
			}
			return serve(cmd.Context(), cfg, std)
		},
	}
}

// checkStdio refuses settings that say who may come to a server which asks nobody.
func checkStdio(cfg *config.Config) error {
	for _, setting := range []struct{ flag, value string }{{"tokens", cfg.Tokens}, {"oauth-issuer", cfg.OAuthIssuer}} {
		if setting.value != "" {
			return exit{exitUsage, fmt.Errorf("--%s (or %s) says who may come over HTTP, and without --http this server serves one client over stdin and stdout: "+
				"give --http as well, or leave it out", setting.flag, config.Variable(setting.flag))}
		}
	}
	return nil
}

func serve(ctx context.Context, cfg *config.Config, std streams) error {
	parent, known := process.Parent()
	a, err := newApp(ctx, cfg, std, appOptions{client: parent, lookup: os.LookupEnv, serves: true})
	if err != nil {
		return err
	}
	defer a.close()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if known {
		go process.Watch(ctx, parent, cancel) // end with the parent process
	}
	if err := a.serveMetrics(ctx, std); err != nil {
		return err
	}
	a.housekeep(ctx, cfg)
	server := mcpserver.New(a.serverOptions(cfg))
	fields, _, err := a.serving(ctx)
	if err != nil {
		return err
	}
	say := fields.Int("tools", len(a.served)).Int("prompts", len(a.prompts.List())).Logger()
	say.Info().Msg("serving on stdio")
	return server.ServeStdio(ctx, std.in, std.out, drainTime)
}

// retentionTime is the timeout of the compaction at the start of a server.
const retentionTime = 2 * time.Minute

// retain removes audit records that are older than the operator's retention time.
func (a *app) retain(ctx context.Context, cfg *config.Config) {
	bounded, cancel := context.WithTimeout(ctx, retentionTime)
	defer cancel()
	gone, err := audit.Retain(bounded, a.store, cfg.AuditKeep.Duration(), audit.Compaction{Anchor: cfg.Anchor(), Standing: guard.StandingRecords(), Now: time.Now()})
	switch {
	case ctx.Err() != nil:
	case err != nil:
		a.log.Error().Err(err).Msg("the audit could not be compacted; nothing was removed")
	case gone.Records > 0:
		a.log.Info().Int64("records", gone.Records).Int64("operations", gone.Operations).Int64("names", gone.Names).Msg("compacted the audit")
	}
}

// housekeep starts the background tasks that each server runs once, until ctx is
// done.
func (a *app) housekeep(ctx context.Context, cfg *config.Config) {
	go a.settle(ctx)
	if cfg.AuditKeep > 0 {
		go a.retain(ctx, cfg)
	}
}

// settle determines the outcome of operations of processes that have ended.
func (a *app) settle(ctx context.Context) {
	if err := a.guard.SettleAll(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn().Err(err).Msg("operations of earlier processes could not all be settled")
	}
}

// serverOptions returns the options that all transports share.
func (a *app) serverOptions(cfg *config.Config) mcpserver.Options {
	options := mcpserver.Options{
		Version: version(), Tools: a.served, Prompts: a.prompts, Caller: a.local(), AskHost: cfg.AskHost, Log: a.log, Slog: logging.Slog(a.log),
	}
	if a.telemetry != nil {
		options.Observe = a.telemetry
	}
	return options
}

// local returns the caller for the user of this machine.
func (a *app) local() *mcpserver.Caller {
	return &mcpserver.Caller{Principal: localPrincipal, Guard: a.guard, Prompts: a.prompts}
}
