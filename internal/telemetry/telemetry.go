package telemetry

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/mcpserver"
	"countersign/internal/rest"
	"countersign/internal/spend"
)

// Telemetry observes calls, the guard and the requests to clouds, and records them in
// metrics and traces.
type Telemetry struct {
	// Metrics are nil if they are not served; traces are nil if they are not sent.
	Metrics *Metrics
	traces  *traces
}

var (
	_ mcpserver.Observer = (*Telemetry)(nil)
	_ guard.Observer     = (*Telemetry)(nil)
)

// Options say what to export.
type Options struct {
	Version string
	// Metrics reports that metrics are served.
	Metrics bool
	// Lookup reads the environment, which configures traces.
	Lookup func(string) (string, bool)
	Log    zerolog.Logger
}

// New returns the telemetry for the options, or nil if nothing is exported. An error
// says why traces cannot be sent; metrics are there all the same.
func New(ctx context.Context, opts Options) (*Telemetry, error) {
	t := &Telemetry{}
	if opts.Metrics {
		t.Metrics = newMetrics(opts.Version)
	}
	var err error
	if t.traces, err = newTraces(ctx, opts); t.Metrics == nil && t.traces == nil {
		return nil, err
	}
	return t, err
}

// Traced reports whether traces are sent.
func (t *Telemetry) Traced() bool { return t != nil && t.traces != nil }

// Close sends the remaining spans.
func (t *Telemetry) Close(ctx context.Context) error {
	if !t.Traced() {
		return nil
	}
	return t.traces.provider.Shutdown(ctx)
}

// call collects the labels of a call while it is carried out.
type call struct {
	account cloud.AccountName
}

type callKey struct{}

// Called implements mcpserver.Observer.
func (t *Telemetry) Called(ctx context.Context, c mcpserver.Incoming) (context.Context, func(mcpserver.Called)) {
	began, about := time.Now(), &call{}
	ctx, end := t.traces.called(ctx, c)
	ctx = context.WithValue(ctx, callKey{}, about)
	return ctx, func(how mcpserver.Called) {
		end(how)
		t.Metrics.called(c.Tool, about.account, how, time.Since(began))
	}
}

// Served implements mcpserver.Observer.
func (t *Telemetry) Served(s mcpserver.Served) { t.Metrics.served(s) }

// Decoded implements guard.Observer. It is called before a call starts goroutines, so
// it needs no lock.
func (t *Telemetry) Decoded(ctx context.Context, account cloud.AccountName) {
	if about, ok := ctx.Value(callKey{}).(*call); ok {
		about.account = account
		t.traces.decoded(ctx, account)
	}
}

// Began implements guard.Observer.
func (t *Telemetry) Began(ctx context.Context, s guard.Step) (context.Context, func(string)) {
	return t.traces.began(ctx, s)
}

// Counted implements guard.Observer.
func (t *Telemetry) Counted(tally spend.Tally, at time.Time) { t.Metrics.counted(tally, at) }

// Exchange is a rest.Observer.
func (t *Telemetry) Exchange(ctx context.Context, e rest.Exchange) (context.Context, func(rest.Exchanged)) {
	began := time.Now()
	ctx, end := t.traces.exchange(ctx, e)
	return ctx, func(how rest.Exchanged) {
		end(how)
		t.Metrics.exchanged(e, how, time.Since(began))
	}
}
