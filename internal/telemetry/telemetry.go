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

// Telemetry is told what a server does and passes it on. It observes calls, the guard
// and what is sent to clouds.
type Telemetry struct {
	// Metrics are nil where nobody could read them, traces where nobody wants them.
	Metrics *Metrics
	traces  *traces
}

var (
	_ mcpserver.Observer = (*Telemetry)(nil)
	_ guard.Observer     = (*Telemetry)(nil)
)

// Options say what is wanted.
type Options struct {
	Version string
	// Metrics says that somebody can read numbers.
	Metrics bool
	// Lookup reads the environment, which says whether and where traces are sent.
	Lookup func(string) (string, bool)
	Log    zerolog.Logger
}

// New is what passes on what is wanted; nil where nothing is. The error says why
// there are no traces though they are wanted; everything else is there.
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

// Close sends what was not sent yet.
func (t *Telemetry) Close(ctx context.Context) error {
	if !t.Traced() {
		return nil
	}
	return t.traces.provider.Shutdown(ctx)
}

// call is what is gathered about a call on its way.
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

// Decoded implements guard.Observer. It comes before anything that runs beside the
// call.
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
