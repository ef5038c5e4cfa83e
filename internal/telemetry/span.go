package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/mcpserver"
	"countersign/internal/rest"
)

// The attributes of spans, with the names of the semantic conventions where there are
// any. A span has no other values of a call.
const (
	attrMethod    = "mcp.method.name"
	attrToolName  = "gen_ai.tool.name"
	attrOperation = "gen_ai.operation.name"
	attrError     = "error.type"
	attrHTTP      = "http.request.method"
	attrStatus    = "http.response.status_code"
	attrResend    = "http.request.resend_count"
	attrServer    = "server.address"
	attrAccount   = "countersign.account"
	attrOp        = "countersign.operation"
	attrOutcome   = "countersign.outcome"
	attrRoad      = "countersign.approval.road"
	attrWaited    = "countersign.approval.seconds"
	attrVendor    = "countersign.vendor.operation"
)

// keys returns the keys of trace context.
func keys() []string { return []string{"traceparent", "tracestate", "baggage"} }

// carrier reads trace context from a message or a request.
type carrier func(key string) string

// Get implements propagation.TextMapCarrier.
func (c carrier) Get(key string) string { return c(key) }

// Set implements propagation.TextMapCarrier. It does nothing: a request to a cloud
// carries no trace context.
func (carrier) Set(string, string) {}

// Keys implements propagation.TextMapCarrier.
func (carrier) Keys() []string { return keys() }

// called starts the span of a call. Its parent comes from the message, or else from the
// HTTP request. If both have trace context, the span has a link to that of the request.
func (t *traces) called(ctx context.Context, c mcpserver.Incoming) (context.Context, func(mcpserver.Called)) {
	if t == nil {
		return ctx, func(mcpserver.Called) {}
	}
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String(attrMethod, "tools/call"), attribute.String(attrToolName, c.Tool), attribute.String(attrOperation, "execute_tool"))}
	message := t.propagator.Extract(ctx, carrier(c.Message))
	request := t.propagator.Extract(ctx, carrier(c.Request))
	above, beside := trace.SpanContextFromContext(message), trace.SpanContextFromContext(request)
	switch {
	case !above.IsValid():
		ctx = request
	case beside.IsValid() && !beside.Equal(above):
		options = append(options, trace.WithLinks(trace.Link{SpanContext: beside}))
		fallthrough
	default:
		ctx = message
	}
	ctx, span := t.tracer.Start(ctx, "tools/call "+c.Tool, options...)
	return ctx, func(how mcpserver.Called) {
		span.SetAttributes(attribute.String(attrOutcome, how.Outcome))
		finish(span, string(how.Code))
	}
}

// finish ends a span. code is the code of the error; empty for success.
func finish(span trace.Span, code string) {
	if code != "" {
		span.SetAttributes(attribute.String(attrError, code))
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

func (t *traces) decoded(ctx context.Context, account cloud.AccountName) {
	if t != nil && account != "" {
		trace.SpanFromContext(ctx).SetAttributes(attribute.String(attrAccount, string(account)))
	}
}

// began starts the span of a step of a call.
func (t *traces) began(ctx context.Context, s guard.Step) (context.Context, func(string)) {
	if t == nil {
		return ctx, func(string) {}
	}
	attributes := []attribute.KeyValue{attribute.String(attrToolName, s.Tool), attribute.String(attrAccount, string(s.Account))}
	if s.Operation != "" {
		attributes = append(attributes, attribute.String(attrOp, s.Operation))
	}
	if s.Road != "" {
		attributes = append(attributes, attribute.String(attrRoad, s.Road), attribute.Float64(attrWaited, s.Waited.Seconds()))
	}
	ctx, span := t.tracer.Start(ctx, string(s.Part), trace.WithAttributes(attributes...))
	return ctx, func(result string) {
		span.SetAttributes(attribute.String(attrOutcome, result))
		if guard.Faulty(result) {
			finish(span, result)
			return
		}
		span.End()
	}
}

// exchange starts the span of a request to a cloud, if the request belongs to a call or
// a step. Trace context is not sent to the cloud.
func (t *traces) exchange(ctx context.Context, e rest.Exchange) (context.Context, func(rest.Exchanged)) {
	if t == nil || !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, func(rest.Exchanged) {}
	}
	attributes := []attribute.KeyValue{
		attribute.String(attrHTTP, e.Method), attribute.String(attrServer, e.Host),
		attribute.String(attrAccount, string(e.Account)), attribute.String(attrVendor, e.Operation),
	}
	if e.Attempt > 0 {
		attributes = append(attributes, attribute.Int(attrResend, e.Attempt))
	}
	ctx, span := t.tracer.Start(ctx, string(e.Account)+" "+e.Operation, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	return ctx, func(how rest.Exchanged) {
		if how.Status != 0 {
			span.SetAttributes(attribute.Int(attrStatus, how.Status))
		}
		finish(span, string(how.Failure))
	}
}
