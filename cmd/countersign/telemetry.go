package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"countersign/internal/guard"
	"countersign/internal/rest"
	"countersign/internal/telemetry"
)

// lastTraces bounds the end of this process by the traces that were not sent yet.
const lastTraces = 2 * time.Second

// watch begins to tell those who watch over this server, where somebody does. That
// traces cannot be sent stops nothing: the variables may be meant for somebody else.
func (a *app) watch(ctx context.Context, lookup func(string) (string, bool)) {
	var err error
	a.telemetry, err = telemetry.New(ctx, telemetry.Options{
		Version: version(), Metrics: a.cfg.HTTP != "" || a.cfg.MetricsAddr != "", Lookup: lookup, Log: a.log,
	})
	if err != nil {
		a.log.Warn().Err(err).Msg("no traces are sent, though the environment asks for them")
	}
	if a.telemetry.Traced() {
		a.log = a.log.Hook(telemetry.LogHook())
		a.log.Info().Msg("traces are sent to where OTEL_EXPORTER_OTLP_ENDPOINT says")
	}
}

// observed has every request to a cloud told, where somebody watches.
func (a *app) observed(o *rest.Options) {
	if a.telemetry != nil {
		o.Observe = a.telemetry.Exchange
	}
}

// unwatch sends what was not sent yet.
func (a *app) unwatch() {
	ctx, cancel := context.WithTimeout(context.Background(), lastTraces)
	defer cancel()
	if err := a.telemetry.Close(ctx); err != nil {
		a.log.Warn().Err(err).Msg("the last traces could not be sent")
	}
}

// metrics serves the numbers; nil where there are none.
func (a *app) metrics(ctx context.Context) http.Handler {
	if a.telemetry == nil || a.telemetry.Metrics == nil {
		return nil
	}
	watch := guard.Watch{Store: a.store, Now: time.Now}
	if err := a.telemetry.Metrics.Begin(ctx, watch); err != nil {
		a.log.Warn().Err(err).Msg("the state cannot be read for the metrics yet")
	}
	return a.telemetry.Metrics.Handler(watch, a.log)
}

// serveMetrics serves the numbers at an address of their own until ctx is done, where
// there is to be one. It is for this machine alone, because nobody logs in there.
func (a *app) serveMetrics(ctx context.Context, std streams) error {
	at := a.cfg.MetricsAddr
	if at == "" {
		return nil
	}
	if !onLoopback(at) {
		return exit{exitUsage, fmt.Errorf("--metrics-addr %s is no loopback address such as 127.0.0.1:9464: nobody logs in there, and the numbers tell what is spent. "+
			"From other machines /metrics of --http is read, with a token that has the scope server:metrics", at)}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", at)
	if err != nil {
		return fmt.Errorf("listen at --metrics-addr %s: %w", at, err)
	}
	server := &http.Server{Handler: telemetry.OnThisMachine(a.metrics(ctx)), ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	_, _ = fmt.Fprintf(std.err, "countersign: metrics are served at http://%s/metrics\n", listener.Addr())
	return nil
}
