package telemetry

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/mcpserver"
	"countersign/internal/rest"
	"countersign/internal/spend"
	"countersign/internal/store"
)

// Metric describes one metric, for the manual.
type Metric struct {
	Name, Type, Help string
	Labels           []string
}

// Metrics are the metrics of a server.
type Metrics struct {
	registry *prometheus.Registry
	list     []Metric

	calls, callErrors, requests             *prometheus.CounterVec
	callSeconds                             *prometheus.HistogramVec
	exchanges, failures, retries            *prometheus.CounterVec
	exchangeSeconds                         *prometheus.HistogramVec
	limit, limitLeft, limitReset            *prometheus.GaugeVec
	answers, states                         *prometheus.CounterVec
	waited                                  *prometheus.HistogramVec
	open, oldest                            *prometheus.GaugeVec
	reserved, reservedUnknown               *prometheus.GaugeVec
	perHour, today, month, unpriced, readAt *prometheus.GaugeVec
	readable                                *prometheus.GaugeVec

	// scrapes is held during a scrape. after is the last record that was counted.
	scrapes sync.Mutex
	after   int64
	begun   bool
	// spending guards the last tally of each account.
	spending sync.Mutex
	known    map[cloud.AccountName]spend.Tally
}

// durations returns the buckets for calls and requests, patience those for answers of
// people, in seconds.
func durations() []float64 { return []float64{.005, .025, .1, .25, .5, 1, 2.5, 5, 10, 30, 60} }
func patience() []float64  { return []float64{1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600} }

// newMetrics returns the metrics of a server that starts.
func newMetrics(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), known: map[cloud.AccountName]spend.Tally{}}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.ofCalls()
	m.ofClouds()
	m.ofPeople()
	m.ofMoney()
	m.gauge("countersign_build_info", "always 1, with the version", "version").WithLabelValues(version).Set(1)
	return m
}

func (m *Metrics) ofCalls() {
	m.calls = m.counter("countersign_calls_total", "calls of tools, by outcome: done, running, approval_required, unknown, failed", "tool", "account", "outcome")
	m.callErrors = m.counter("countersign_call_errors_total", "calls that were refused or failed, by the code of their error", "tool", "account", "code")
	m.callSeconds = m.histogram("countersign_call_duration_seconds", "how long calls took, a form that was waited for included", durations(), "tool", "account")
	m.requests = m.counter("countersign_http_requests_total", "requests over HTTP", "route", "method", "status")
}

func (m *Metrics) ofClouds() {
	m.exchanges = m.counter("countersign_vendor_requests_total", "requests to clouds, by status: none where no answer came", "account", "access", "status")
	m.exchangeSeconds = m.histogram("countersign_vendor_request_duration_seconds", "how long clouds took to answer", durations(), "account", "access")
	m.failures = m.counter("countersign_vendor_failures_total", "requests to clouds that failed, by kind", "account", "kind")
	m.retries = m.counter("countersign_vendor_retries_total", "reads that were tried again", "account")
	m.limit = m.gauge("countersign_vendor_rate_limit", "requests that a cloud takes in its window, as it last said", "account")
	m.limitLeft = m.gauge("countersign_vendor_rate_limit_remaining", "requests that a cloud still takes, as it last said", "account")
	m.limitReset = m.gauge("countersign_vendor_rate_limit_reset_timestamp_seconds", "when a cloud's window starts anew, as it last said", "account")
}

func (m *Metrics) ofPeople() {
	m.answers = m.counter("countersign_approvals_total", "answers to questions, and calls that needed none, since this server started; by road, which is empty where nobody answered", "road", "answer")
	m.waited = m.histogram("countersign_approval_wait_seconds", "how long answers took", patience(), "road", "answer")
	m.states = m.counter("countersign_operations_total", "operations that came into a state since this server started", "state")
	m.open = m.gauge("countersign_operations_open", "operations that are in an open state now", "state")
	m.oldest = m.gauge("countersign_oldest_question_timestamp_seconds", "when the question that waits longest was asked; absent where none waits")
	// Counters start at 0 instead of being absent, so that the first increase is seen.
	for _, state := range store.States() {
		m.states.WithLabelValues(string(state))
	}
	for road, answers := range guard.AnswersByRoad() {
		for _, answer := range answers {
			m.answers.WithLabelValues(road, answer)
		}
	}
}

func (m *Metrics) ofMoney() {
	m.reserved = m.gauge("countersign_spend_reserved_per_hour", "what calls in flight add per hour", "account", "currency")
	m.reservedUnknown = m.gauge("countersign_spend_reserved_unknown", "calls in flight of which the price is not known", "account")
	m.perHour = m.gauge("countersign_spend_per_hour", "what all that runs costs per hour, when it was last read for a call that touches the bill", "account", "currency")
	m.today = m.gauge("countersign_spend_today", "what was spent of the day (UTC) when it was last read", "account", "currency")
	m.month = m.gauge("countersign_spend_this_month", "what was spent of the month (UTC) when it was last read", "account", "currency")
	m.unpriced = m.gauge("countersign_spend_unknown", "what ran at a price that is not known or could not be read: the sums are at least", "account")
	m.readAt = m.gauge("countersign_spend_read_timestamp_seconds", "when what runs was last read; absent before the first time", "account")
	m.readable = m.gauge("countersign_state_readable", "1 where the state could be read for this scrape; else what is read from it is absent")
}

// Table lists all metrics except those of the process and of Go.
func Table() []Metric { return newMetrics("").list }

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.add(c, Metric{name, "counter", help, labels})
	return c
}

func (m *Metrics) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	m.add(g, Metric{name, "gauge", help, labels})
	return g
}

func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	m.add(h, Metric{name, "histogram", help, labels})
	return h
}

func (m *Metrics) add(c prometheus.Collector, about Metric) {
	m.registry.MustRegister(c)
	m.list = append(m.list, about)
}

func (m *Metrics) called(tool string, account cloud.AccountName, how mcpserver.Called, took time.Duration) {
	if m == nil {
		return
	}
	m.calls.WithLabelValues(tool, string(account), how.Outcome).Inc()
	m.callSeconds.WithLabelValues(tool, string(account)).Observe(took.Seconds())
	if how.Code != "" {
		m.callErrors.WithLabelValues(tool, string(account), string(how.Code)).Inc()
	}
}

func (m *Metrics) served(s mcpserver.Served) {
	if m != nil {
		m.requests.WithLabelValues(s.Route, s.Method, statusWord(s.Status)).Inc()
	}
}

// statusWord returns a status as a label; a number that is not an HTTP status is other.
func statusWord(status int) string {
	switch {
	case status == 0:
		return "none"
	case http.StatusText(status) == "":
		return "other"
	}
	return strconv.Itoa(status)
}

func (m *Metrics) exchanged(e rest.Exchange, how rest.Exchanged, took time.Duration) {
	if m == nil {
		return
	}
	account, access := string(e.Account), "write"
	if e.Reads {
		access = "read"
	}
	m.exchanges.WithLabelValues(account, access, statusWord(how.Status)).Inc()
	m.exchangeSeconds.WithLabelValues(account, access).Observe(took.Seconds())
	if how.Failure != "" {
		m.failures.WithLabelValues(account, string(how.Failure)).Inc()
	}
	if e.Attempt > 0 {
		m.retries.WithLabelValues(account).Inc()
	}
	if how.Left == nil {
		return
	}
	m.limit.WithLabelValues(account).Set(float64(how.Left.Limit))
	m.limitLeft.WithLabelValues(account).Set(float64(how.Left.Remaining))
	if !how.Left.Reset.IsZero() {
		m.limitReset.WithLabelValues(account).Set(float64(how.Left.Reset.Unix()))
	}
}

// counted records the tally of an account. It removes currencies that the account no
// longer has.
func (m *Metrics) counted(t spend.Tally, at time.Time) {
	if m == nil {
		return
	}
	m.spending.Lock()
	defer m.spending.Unlock()
	account, before := string(t.Account), m.known[t.Account]
	m.known[t.Account] = t
	setSums(m.perHour, account, before.PerHour, t.PerHour)
	setSums(m.today, account, before.Day, t.Day)
	setSums(m.month, account, before.Month, t.Month)
	m.unpriced.WithLabelValues(account).Set(float64(t.Unknown + len(t.Incomplete)))
	m.readAt.WithLabelValues(account).Set(float64(at.Unix()))
}

func setSums(g *prometheus.GaugeVec, account string, before, now spend.Sums) {
	for _, sum := range before {
		g.DeleteLabelValues(account, sum.Currency)
	}
	for _, sum := range now {
		g.WithLabelValues(account, sum.Currency).Set(sum.Amount.InexactFloat64())
	}
}

// answered counts a record of the audit.
func (m *Metrics) answered(h guard.Happened) {
	if h.State != "" {
		m.states.WithLabelValues(string(h.State)).Inc()
	}
	if h.Answer == "" {
		return
	}
	m.answers.WithLabelValues(h.Road, h.Answer).Inc()
	if h.Waited != nil {
		m.waited.WithLabelValues(h.Road, h.Answer).Observe(*h.Waited)
	}
}
