package mcpserver

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"countersign/internal/cloud"
	"countersign/tools" //nolint:depguard // the real tools are measured beside a plain one of the library
)

// BenchmarkHTTP measures calls per second over HTTP of a read of 20 machines, in
// both eras and with many clients, beside a server of mcp-go alone that answers
// with the same bytes, in the same run and in turns. "of-plain" is our share of
// its calls per second.
func BenchmarkHTTP(b *testing.B) {
	const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_vms","arguments":{}}}`
	definitions := tools.All(tools.Env{Accounts: cloud.Accounts{{Name: "acme", Provider: newFleet(20)}}})
	ours, _ := newServer(b, wireOptions{tools: definitions, maxCalls: 1000})
	plain, _ := library(b, ours, call)
	h := ours.HTTP(HTTPOptions{
		Auth: people{"alice": ours.opts.Caller}, Key: []byte("key"), MaxCalls: 1000, MaxCallsPerCaller: 1000,
	})
	stateless := server.WithStateLess(true)
	quiet := server.WithStreamableHTTPLogger(slog.New(slog.DiscardHandler))
	sides := []*side{
		{name: "countersign", url: listenFor(b, h)},
		{name: "mcp-go", url: listenFor(b, server.NewStreamableHTTPServer(plain, stateless, quiet))},
	}
	for _, era := range eras() {
		for _, clients := range []int{1, 32, 256} {
			b.Run(fmt.Sprintf("%s/%d", era, clients), func(b *testing.B) { inTurns(b, sides, era, clients) })
		}
	}
}

// side is one of two servers that are compared.
type side struct {
	name, url string
	calls     atomic.Int64
	took      time.Duration
	each      []time.Duration
}

// listenFor serves a handler the same way for both sides.
func listenFor(b *testing.B, handler http.Handler) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &http.Server{Handler: handler}
	go func() { _ = srv.Serve(listener) }()
	b.Cleanup(func() { _ = srv.Close() })
	return "http://" + listener.Addr().String()
}

// turn is how long one side is measured before it is the other's turn.
const turn = 250 * time.Millisecond

// inTurns measures both sides in turns, so that a machine that slows down slows
// both.
func inTurns(b *testing.B, sides []*side, era era, clients int) {
	for _, s := range sides {
		s.calls.Store(0)
		s.took, s.each = 0, nil
		s.run(b, era, clients, turn/5) // warm
		s.calls.Store(0)
		s.took, s.each = 0, nil
	}
	for b.Loop() {
		for _, s := range sides {
			s.run(b, era, clients, turn)
		}
	}
	rate := func(s *side) float64 { return float64(s.calls.Load()) / s.took.Seconds() }
	b.ReportMetric(0, "ns/op")
	for _, s := range sides {
		slices.Sort(s.each)
		b.ReportMetric(rate(s), "calls/s-"+s.name)
		b.ReportMetric(milliseconds(s.each[len(s.each)/2]), "ms-p50-"+s.name)
		b.ReportMetric(milliseconds(s.each[len(s.each)*99/100]), "ms-p99-"+s.name)
	}
	b.ReportMetric(rate(sides[0])/rate(sides[1]), "of-plain")
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// run calls for some time with many clients at once.
func (s *side) run(b *testing.B, era era, clients int, most time.Duration) {
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	w := &web{t: b, url: s.url, client: &http.Client{Transport: transport}}
	v := &visitor{web: w, who: "alice", era: era, caps: "{}"}
	if era == legacy {
		// Of a stateless server the plain side has no session; ours is given one.
		v.session = w.must(http.MethodPost, "/mcp", v.who, initialize("{}")).header.Get(sessionHeader)
	}
	body, header := v.compose(1, "tools/call", "list_vms", toolCall("list_vms", "{}"))
	body = strings.Replace(body, `"progressToken":1`, `"x":1`, 1)
	var all sync.WaitGroup
	var mu sync.Mutex
	begun := time.Now()
	for range clients {
		all.Go(func() {
			var each []time.Duration
			for time.Since(begun) < most {
				at := time.Now()
				r, err := v.open(context.Background(), http.MethodPost, "/mcp", v.who, body, header...)
				if err != nil {
					b.Error(err)
					return
				}
				n, err := io.Copy(io.Discard, r.Body)
				_ = r.Body.Close()
				if err != nil || r.StatusCode != http.StatusOK || n < 1000 {
					b.Errorf("%d, %d bytes, %v", r.StatusCode, n, err)
					return
				}
				each = append(each, time.Since(at))
				s.calls.Add(1)
			}
			mu.Lock()
			defer mu.Unlock()
			s.each = append(s.each, each...)
		})
	}
	all.Wait()
	s.took += time.Since(begun)
}
