package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/go-logr/logr"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// traces sends spans to a collector; nil sends nothing.
type traces struct {
	provider   *sdk.TracerProvider
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
}

// The variables of the standard exporter that are read here as well, to decide whether
// there is a collector.
const (
	endpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT"
	tracesVariable   = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
)

// wanted reports whether the environment asks for traces. The error says why they cannot
// be sent as it asks.
func wanted(lookup func(string) (string, bool)) (bool, error) {
	get := func(name string) string {
		value, _ := lookup(name)
		return strings.TrimSpace(value)
	}
	endpoint := cmp.Or(get(tracesVariable), get(endpointVariable))
	exporter := get("OTEL_TRACES_EXPORTER")
	if strings.EqualFold(get("OTEL_SDK_DISABLED"), "true") || exporter == "none" || endpoint == "" && exporter == "" {
		return false, nil
	}
	if exporter != "" && exporter != "otlp" {
		return true, fmt.Errorf("OTEL_TRACES_EXPORTER is %q, and only otlp is known here", exporter)
	}
	switch protocol := cmp.Or(get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), get("OTEL_EXPORTER_OTLP_PROTOCOL")); protocol {
	case "", "http/protobuf", "http/json":
	default:
		return true, fmt.Errorf("the protocol is %q, and traces are sent by http/protobuf or http/json only: set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL and the endpoint for it", protocol)
	}
	if u, err := url.Parse(endpoint); endpoint != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		// The value is not repeated, because it may contain a password.
		return true, errors.New("the endpoint is no URL such as http://localhost:4318")
	}
	return true, nil
}

// newTraces makes the standard exporter, which reads the standard variables. It returns
// nil without them. It uses no network.
func newTraces(ctx context.Context, opts Options) (*traces, error) {
	on, err := wanted(opts.Lookup)
	if !on || err != nil {
		return nil, err
	}
	// The library's own errors can contain values of its variables, such as keys.
	otel.SetLogger(logr.Discard())
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {}))
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("make the exporter: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "countersign"), attribute.String("service.version", opts.Version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(&exporting{SpanExporter: exporter, log: opts.Log}), sdk.WithResource(about), sdk.WithoutPanicRecording())
	return &traces{
		provider: provider, tracer: provider.Tracer("countersign"),
		propagator: propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
	}, nil
}

// exporting logs when exports begin to fail, and when they work again.
type exporting struct {
	sdk.SpanExporter
	log    zerolog.Logger
	failed atomic.Bool
}

// ExportSpans implements sdk.SpanExporter.
func (e *exporting) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	switch before := e.failed.Swap(err != nil); {
	case err != nil && !before:
		e.log.Warn().Err(err).Int("spans", len(spans)).Msg("traces cannot be sent; those that are lost are not sent again")
	case err == nil && before:
		e.log.Info().Msg("traces are sent again")
	}
	return err
}

// LogHook returns a hook that adds the IDs of the trace and the span to the log lines of
// a span.
func LogHook() zerolog.Hook {
	return zerolog.HookFunc(func(e *zerolog.Event, _ zerolog.Level, _ string) {
		if at := trace.SpanContextFromContext(e.GetCtx()); at.IsValid() {
			e.Str("trace_id", at.TraceID().String()).Str("span_id", at.SpanID().String())
		}
	})
}
