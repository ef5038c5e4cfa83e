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

// lastTraces is the timeout for sending the remaining traces at the end of this
// process.
const lastTraces = 2 * time.Second

// startTelemetry starts telemetry, if it is wanted. If traces cannot be sent the server
// starts nevertheless, because the variables may be meant for another program.
func (a *app) startTelemetry(ctx context.Context, lookup func(string) (string, bool)) {
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

// observeRequests makes telemetry record every request to a cloud.
func (a *app) observeRequests(o *rest.Options) {
	if a.telemetry != nil {
		o.Observe = a.telemetry.Exchange
	}
}

// closeTelemetry sends the remaining traces.
func (a *app) closeTelemetry() {
	ctx, cancel := context.WithTimeout(context.Background(), lastTraces)
	defer cancel()
	if err := a.telemetry.Close(ctx); err != nil {
		a.log.Warn().Err(err).Msg("the last traces could not be sent")
	}
}

// metrics returns the handler of the metrics, or nil if there are none.
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

// serveMetrics serves the metrics at an address of their own, if one is set, until
// ctx is done. Only loopback is allowed, because there is no login.
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
