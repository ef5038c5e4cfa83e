package telemetry

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	metric "github.com/prometheus/client_model/go"
	"github.com/rs/zerolog"

	"countersign/internal/guard"
)

// scrapeWait is how long the state may take to be read for one scrape.
const scrapeWait = 5 * time.Second

// maxScrapes is how many readers are served at once.
const maxScrapes = 8

// Handler serves the numbers. What other processes do to the state, such as a person
// who approves at a terminal, is read when they are asked for.
func (m *Metrics) Handler(watch guard.Watch, log zerolog.Logger) http.Handler {
	fresh := prometheus.GathererFunc(func() ([]*metric.MetricFamily, error) {
		// A reader who is slow to read does not keep the lock.
		m.scrapes.Lock()
		defer m.scrapes.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), scrapeWait)
		defer cancel()
		if err := m.refresh(ctx, watch); err != nil {
			log.Warn().Err(err).Msg("the state cannot be read for the metrics")
		}
		return m.registry.Gather()
	})
	return promhttp.HandlerFor(fresh, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, ErrorLog: printer{log}, MaxRequestsInFlight: maxScrapes,
	})
}

// Begin remembers where the record ends now, from where on it is counted.
func (m *Metrics) Begin(ctx context.Context, watch guard.Watch) error {
	m.scrapes.Lock()
	defer m.scrapes.Unlock()
	return m.begin(ctx, watch)
}

func (m *Metrics) begin(ctx context.Context, watch guard.Watch) error {
	if m.begun {
		return nil
	}
	after, err := watch.Head(ctx)
	if err != nil {
		return err
	}
	m.after, m.begun = after, true
	return nil
}

// refresh reads the state. What cannot be read is absent, never what it was before.
func (m *Metrics) refresh(ctx context.Context, watch guard.Watch) error {
	m.open.Reset()
	m.oldest.Reset()
	m.reserved.Reset()
	m.reservedUnknown.Reset()
	readable := m.readable.WithLabelValues()
	readable.Set(0)
	if err := m.begin(ctx, watch); err != nil {
		return err
	}
	var err error
	if m.after, err = watch.Since(ctx, m.after, m.answered); err != nil {
		return err
	}
	standing, err := watch.Standing(ctx)
	if err != nil {
		return err
	}
	for state, n := range standing.Open {
		m.open.WithLabelValues(string(state)).Set(float64(n))
	}
	if !standing.Oldest.IsZero() {
		m.oldest.WithLabelValues().Set(float64(standing.Oldest.Unix()))
	}
	for account, r := range standing.Reserved {
		setSums(m.reserved, string(account), nil, r.PerHour)
		m.reservedUnknown.WithLabelValues(string(account)).Set(float64(r.Unknown))
	}
	readable.Set(1)
	return nil
}

// printer is a log for promhttp.
type printer struct{ zerolog.Logger }

// Println implements promhttp.Logger.
func (p printer) Println(v ...any) { p.Warn().Interface("what", v).Msg("a metric could not be told") }

// OnThisMachine serves to this machine only what it is asked by an address or a name
// of it, and never to a page of the web: otherwise such a page could have its own name
// point here.
func OnThisMachine(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		address := net.ParseIP(strings.Trim(host, "[]"))
		switch {
		case !strings.EqualFold(host, "localhost") && (address == nil || !address.IsLoopback()), r.Header.Get("Origin") != "":
			http.Error(w, "the metrics are for this machine", http.StatusForbidden)
		case r.URL.Path != "/metrics":
			http.NotFound(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "no such method", http.StatusMethodNotAllowed)
		default:
			h.ServeHTTP(w, r)
		}
	})
}
