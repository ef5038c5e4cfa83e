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

// scrapeWait bounds reading the state for one scrape.
const scrapeWait = 5 * time.Second

// maxScrapes bounds the concurrent scrapes.
const maxScrapes = 8

// Handler serves the metrics. Each scrape reads the state, which other processes change
// too, such as a person who approves in a terminal.
func (m *Metrics) Handler(watch guard.Watch, log zerolog.Logger) http.Handler {
	fresh := prometheus.GathererFunc(func() ([]*metric.MetricFamily, error) {
		// The lock is released before the response, so a slow client does not hold it.
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

// Begin remembers the last record of the audit. Later records are counted.
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

// refresh reads the state. A metric that cannot be read is absent and does not keep its
// old value.
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

// printer is a promhttp.Logger that writes to the log.
type printer struct{ zerolog.Logger }

// Println implements promhttp.Logger.
func (p printer) Println(v ...any) { p.Warn().Interface("what", v).Msg("a metric could not be told") }

// OnThisMachine returns a handler for loopback. It serves only requests whose Host is
// localhost or a loopback address and that have no Origin: otherwise a web page could
// reach it by DNS rebinding.
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
