package rest_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// step is one response of a script.
type step struct {
	status     int
	retryAfter string
	delay      time.Duration
}

// scripted is a vendor that sends the responses of a script, and then successes. It is
// the transport of a client, so that no network is used and time is virtual.
type scripted struct {
	steps []step
	mu    sync.Mutex
	asked []time.Duration
	begun time.Time
}

func (s *scripted) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.asked = append(s.asked, time.Since(s.begun))
	now := step{status: http.StatusOK}
	if len(s.steps) > 0 {
		now, s.steps = s.steps[0], s.steps[1:]
	}
	s.mu.Unlock()
	select {
	case <-time.After(now.delay):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	if now.status == 0 {
		return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
	}
	header := http.Header{}
	if now.retryAfter != "" {
		header.Set("Retry-After", now.retryAfter)
	}
	return &http.Response{StatusCode: now.status, Header: header, Body: io.NopCloser(strings.NewReader(`{"id":"one"}`)), Request: req}, nil
}

func (s *scripted) client(t *testing.T, change func(*rest.Options)) *rest.Client {
	t.Helper()
	s.begun = time.Now()
	c := newClient(t, "https://api.example.com", func(o *rest.Options) {
		o.Retries, o.Transport = 2, s
		if change != nil {
			change(o)
		}
	})
	return c
}

func ask(ctx context.Context, c *rest.Client) error {
	_, err := rest.Ask[thing](ctx, c, "ask", http.MethodPost, "/jobs", thing{ID: "1"})
	return err
}

// TestRetries pins which requests are sent again, and that no write is.
func TestRetries(t *testing.T) {
	type call = func(context.Context, *rest.Client) error
	times := func(n int, s step) (all []step) {
		for range n {
			all = append(all, s)
		}
		return all
	}
	tests := []struct {
		name     string
		call     call
		steps    []step
		attempts int
		ok       bool
	}{
		{"a read that works", read, nil, 1, true},
		{"a read, once unavailable", read, times(1, step{status: 503}), 2, true},
		{"a read, twice unavailable", read, times(2, step{status: 502}), 3, true},
		{"a read, unavailable", read, times(9, step{status: 500}), 3, false},
		{"a read without a connection", read, times(2, step{}), 3, true},
		{"a read by POST", ask, times(2, step{status: 503}), 3, true},
		{"a read, told to wait a little", read, times(1, step{status: 429, retryAfter: "3"}), 2, true},
		{"a read, told to wait long", read, times(1, step{status: 429, retryAfter: "30"}), 1, false},
		{"a read, not told how long", read, times(1, step{status: 429}), 1, false},
		{"unavailable, told to wait long", read, times(1, step{status: 503, retryAfter: "30"}), 1, false},
		{"a read that is refused", read, times(1, step{status: 400}), 1, false},
		{"a read of nothing", read, times(1, step{status: 404}), 1, false},
		{"a read that may not", read, times(1, step{status: 403}), 1, false},
		{"a write, unavailable", write, times(1, step{status: 503}), 1, false},
		{"a write without a connection", write, times(1, step{}), 1, false},
		{"a write, told to wait a little", write, times(1, step{status: 429, retryAfter: "1"}), 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				vendor := &scripted{steps: tt.steps}
				err := tt.call(t.Context(), vendor.client(t, nil))
				if (err == nil) != tt.ok || len(vendor.asked) != tt.attempts {
					t.Errorf("asked at %v, error %v", vendor.asked, err)
				}
				if tt.steps != nil && tt.steps[0].retryAfter == "3" && vendor.asked[1] != 3*time.Second {
					t.Errorf("asked again after %v", vendor.asked[1])
				}
				if err == nil {
					return
				}
				if e := failure(t, err); e.Ambiguous && tt.name[:6] != "a writ" {
					t.Errorf("a read is in doubt: %+v", e)
				}
			})
		})
	}
}

// TestTheBudgetIsKept pins that attempts and pauses together never take longer than the
// budget, however slow the vendor is.
func TestTheBudgetIsKept(t *testing.T) {
	for name, delay := range map[string]time.Duration{"silent": time.Hour, "slow to fail": 9 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				vendor := &scripted{}
				for range 20 {
					vendor.steps = append(vendor.steps, step{status: 503, delay: delay})
				}
				client := vendor.client(t, func(o *rest.Options) { o.Timeout, o.Retries = 10*time.Second, 10 })
				begun := time.Now()
				err := read(t.Context(), client)
				if took := time.Since(begun); err == nil || took > 15*time.Second || len(vendor.asked) != 2 {
					t.Errorf("%d attempts in %v, error %v", len(vendor.asked), took, err)
				}
			})
		})
	}
}

// TestPausesDiffer pins that clients that failed together do not retry together.
func TestPausesDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := map[time.Duration]bool{}
		for range 20 {
			vendor := &scripted{steps: []step{{status: 503}}}
			if err := read(t.Context(), vendor.client(t, nil)); err != nil {
				t.Fatal(err)
			}
			if vendor.asked[1] > 250*time.Millisecond {
				t.Errorf("the first pause is %v", vendor.asked[1])
			}
			seen[vendor.asked[1]] = true
		}
		if len(seen) < 10 {
			t.Errorf("20 clients pause for %d different times", len(seen))
		}
	})
}

// TestACallThatIsGivenUpIsNotRepeated pins that a cancelled call is not retried.
func TestACallThatIsGivenUpIsNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &scripted{steps: []step{{status: 503}, {status: 503}, {status: 503}}}
		client := vendor.client(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		if err := read(ctx, client); err == nil || len(vendor.asked) > 1 {
			t.Errorf("asked %d times, error %v", len(vendor.asked), err)
		}
	})
}

// TestAnOutageIsWaitedOut pins that after many failures in a row no request is sent for
// a while, that the error says when to retry, and that a single request probes then.
func TestAnOutageIsWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &scripted{}
		for range 9 {
			vendor.steps = append(vendor.steps, step{status: 503})
		}
		client := vendor.client(t, func(o *rest.Options) { o.Retries = 0 })
		for range 8 {
			if e := failure(t, read(t.Context(), client)); e.Status != 503 {
				t.Errorf("%+v", e)
			}
		}
		for name, call := range map[string]func(context.Context, *rest.Client) error{"read": read, "write": write} {
			e := failure(t, call(t.Context(), client))
			if e.Kind != cloud.ErrUnavailable || e.Ambiguous || e.RetryAfter != 10*time.Second || !strings.Contains(e.Message, "nothing was sent") {
				t.Errorf("%s while it is down: %+v", name, e)
			}
		}
		if len(vendor.asked) != 8 {
			t.Errorf("%d requests were sent", len(vendor.asked))
		}
		time.Sleep(11 * time.Second)
		if e := failure(t, read(t.Context(), client)); e.Status != 503 || len(vendor.asked) != 9 {
			t.Errorf("the probe: %+v, %d requests", e, len(vendor.asked))
		}
		if e := failure(t, read(t.Context(), client)); e.Status != 0 || len(vendor.asked) != 9 {
			t.Errorf("after a probe that failed: %+v", e)
		}
		time.Sleep(11 * time.Second)
		for range 3 {
			if err := read(t.Context(), client); err != nil {
				t.Errorf("after it came back: %v", err)
			}
		}
	})
}

// TestWhatIsNoOutage pins that refusals and cancelled calls do not count as failures.
func TestWhatIsNoOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor := &scripted{}
		client := vendor.client(t, func(o *rest.Options) { o.Retries = 0 })
		for range 20 {
			vendor.steps = []step{{status: 404}}
			_ = read(t.Context(), client)
			vendor.steps = []step{{status: 200, delay: time.Hour}}
			ctx, cancel := context.WithCancel(t.Context())
			go cancel()
			_ = read(ctx, client)
		}
		if err := read(t.Context(), client); err != nil {
			t.Error(err)
		}
	})
}

// TestSeats pins the number of concurrent requests, and that a call that waits too long
// for its turn fails with an error that says that nothing was sent.
func TestSeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const seats = 8
		var now, most atomic.Int32
		vendor := roundTrip(func(req *http.Request) (*http.Response, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			select {
			case <-time.After(time.Second):
			case <-req.Context().Done():
				return nil, req.Context().Err()
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{}`)), Request: req}, nil
		})
		client := newClient(t, "https://api.example.com", func(o *rest.Options) { o.Transport = vendor })
		var wait sync.WaitGroup
		for range 4 * seats {
			wait.Go(func() {
				if err := write(t.Context(), client); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if most.Load() != seats {
			t.Errorf("%d requests at a time", most.Load())
		}
		for range seats {
			wait.Go(func() { _ = write(t.Context(), client) })
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if e := failure(t, write(ctx, client)); e.Ambiguous || !strings.Contains(e.Message, "was not sent") {
			t.Errorf("%+v", e)
		}
		wait.Wait()
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestDepth pins the limit of the nesting depth, and that brackets in strings do not
// count.
func TestDepth(t *testing.T) {
	for body, ok := range map[string]bool{
		strings.Repeat("[", 64) + strings.Repeat("]", 64):           true,
		strings.Repeat("[", 65) + strings.Repeat("]", 65):           false,
		strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65): false,
		`{"note":"` + strings.Repeat("[", 100) + `"}`:               true,
		`{"note":"\"` + strings.Repeat("{", 100) + `"}`:             true,
		`{"note":"\\"}` + strings.Repeat("[", 100):                  false,
		`[` + strings.Repeat(`[],`, 1000) + `[]]`:                   true,
		strings.Repeat("[", 5_000_000):                              false,
	} {
		client := newClient(t, serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }), nil)
		_, err := rest.Get[rest.Nothing](t.Context(), client, "read", "/", nil)
		if (err == nil) != ok {
			t.Errorf("%.20q…: %v", body, err)
		}
		if err != nil {
			if e := failure(t, err); e.Message != "the answer is nested too deeply" {
				t.Errorf("%.20q…: %+v", body, e)
			}
		}
	}
}

// TestCompressedAnswers pins that gzip is read, and that the limit is on the size of
// the decompressed body.
func TestCompressedAnswers(t *testing.T) {
	size := 1000
	client := newClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("takes %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		_, _ = io.WriteString(zip, `{"id":"`+strings.Repeat("x", size)+`"}`)
		_ = zip.Close()
	}), nil)
	if got, err := rest.Get[thing](t.Context(), client, "read", "/", nil); err != nil || len(got.ID) != size {
		t.Errorf("%d bytes, error %v", len(got.ID), err)
	}
	size = 9 << 20
	if e := failure(t, read(t.Context(), client)); e.Message != "the answer is larger than 8 MiB" {
		t.Errorf("%+v", e)
	}
}

// TestConnectionsAreKept pins that there are no more connections than concurrent
// requests, however many requests there are, errors included.
func TestConnectionsAreKept(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/3") {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, `{"id":"`+strings.Repeat("x", 100_000)+`"}`)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	client := newClient(t, server.URL, nil)
	for i := range 20 {
		_, _ = rest.Get[thing](t.Context(), client, "read", fmt.Sprint("/things/", i%5), nil)
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("20 requests one after the other opened %d connections", n)
	}
	for range 5 {
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() { _ = read(t.Context(), client) })
		}
		wait.Wait()
	}
	if n := opened.Load(); n > 8 {
		t.Errorf("8 requests at a time opened %d connections", n)
	}
	if diff := cmp.Diff(server.URL, client.BaseURL()); diff != "" {
		t.Error(diff)
	}
}

// TestAProbeThatThrows pins that the next request is sent after the request that probes
// a vendor ended in a panic.
func TestAProbeThatThrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status := http.StatusServiceUnavailable // 0 panics
		client := newClient(t, "https://api.example.com", func(o *rest.Options) {
			o.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
				if status == 0 {
					panic("a bug")
				}
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{}`)), Request: req}, nil
			})
		})
		for range 8 {
			_ = read(t.Context(), client)
		}
		time.Sleep(11 * time.Second)
		status = 0
		func() {
			defer func() { _ = recover() }()
			_ = read(t.Context(), client)
		}()
		status = http.StatusOK
		time.Sleep(time.Hour)
		if err := read(t.Context(), client); err != nil {
			t.Errorf("after a probe that threw: %v", err)
		}
	})
}
