package mcpserver

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"countersign/internal/cloud"
	"countersign/internal/logging"
	"countersign/tools" //nolint:depguard // the real tools are measured beside a plain one of the library
)

// BenchmarkTransport measures a read of 20 machines from client to client, over each
// transport and with 1, 32 and 256 concurrent clients. It is compared with mcp-go alone,
// which answers with the same bytes. The two servers take turns, so that other load on
// the machine affects both. "%-of-mcp-go" is the throughput with guard, validation and
// log; "%-by-CPU" is the same by CPU time, which other load affects less. Clients share
// the CPUs with the server.
func BenchmarkTransport(b *testing.B) {
	const read = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_vms","arguments":{}}}`
	definitions := tools.All(tools.Env{Accounts: cloud.Accounts{{Name: "acme", Provider: newFleet(20)}}})
	log, err := logging.New(io.Discard, "info", "json") // as the product logs, to nobody
	if err != nil {
		b.Fatal(err)
	}
	made, _ := newServer(b, wireOptions{tools: definitions, maxCalls: 512})
	opts := made.opts
	opts.Log, opts.Slog = log, logging.Slog(log)
	ours := New(opts)
	plain, _ := library(b, ours, read)
	for _, transport := range []struct {
		name string
		era  era
		dial func(b *testing.B, ours *Server, plain *server.MCPServer) (theirs, own *served)
	}{
		{"stdio", legacy, serveStdio}, {"http-legacy", legacy, serveBoth}, {"http-modern", modern, serveBoth},
	} {
		for _, clients := range []int{1, 32, 256} {
			b.Run(fmt.Sprintf("%s/%d", transport.name, clients), func(b *testing.B) {
				theirs, own := transport.dial(b, ours, plain)
				compare(b, theirs.clients(b, transport.era, clients), own.clients(b, transport.era, clients))
			})
		}
	}
}

// served is a server to which clients can be made.
type served struct {
	address string     // over HTTP
	pipe    *benchPipe // over stdio
}

// client makes one call and returns when it is answered.
type client func() error

// turns is how often the two servers take turns.
const turns = 25

// compare makes b.N calls to each server, in turns. The result is the median of the
// turns, because other load on the machine affects single turns.
func compare(b *testing.B, theirs, own []client) {
	b.Helper()
	var measured [2][]time.Duration
	var took, used [2]time.Duration
	var ratios []float64
	each := max(1, b.N/turns)
	for range turns {
		var turn [2]time.Duration
		for which, clients := range [][]client{theirs, own} {
			start, before := time.Now(), processorTime()
			measured[which] = append(measured[which], drive(b, clients, each)...)
			turn[which] = time.Since(start)
			took[which] += turn[which]
			used[which] += processorTime() - before
		}
		ratios = append(ratios, 100*turn[0].Seconds()/turn[1].Seconds())
	}
	for which, name := range []string{"mcp-go", "ours"} {
		slices.Sort(measured[which])
		at := func(q float64) float64 {
			return float64(measured[which][int(q*float64(len(measured[which])-1))].Microseconds())
		}
		b.ReportMetric(float64(len(measured[which]))/took[which].Seconds(), name+"-calls/s")
		b.ReportMetric(at(0.5), name+"-p50-µs")
		b.ReportMetric(at(0.99), name+"-p99-µs")
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "%-of-mcp-go")
	if used[1] > 0 {
		b.ReportMetric(100*used[0].Seconds()/used[1].Seconds(), "%-by-CPU")
	}
	b.ReportMetric(0, "ns/op")
}

// drive makes n calls, by all clients concurrently, and returns how long each took.
func drive(b *testing.B, clients []client, n int) []time.Duration {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(n))
	took := make([][]time.Duration, len(clients))
	var all sync.WaitGroup
	for i, call := range clients {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				start := time.Now()
				if err := call(); err != nil {
					b.Error(err)
					return
				}
				took[i] = append(took[i], time.Since(start))
			}
		})
	}
	all.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return slices.Concat(took...)
}

// serveBoth serves both servers over HTTP.
func serveBoth(b *testing.B, ours *Server, plain *server.MCPServer) (theirs, own *served) {
	b.Helper()
	w := serveWeb(b, ours, HTTPOptions{Auth: people{"alice": ours.opts.Caller}, Key: []byte("key"), MaxCallsPerCaller: 512})
	alone := httptest.NewServer(server.NewStreamableHTTPServer(plain, server.WithStreamableHTTPLogger(slog.New(slog.DiscardHandler))))
	b.Cleanup(alone.Close)
	return &served{address: alone.Listener.Addr().String()}, &served{address: strings.TrimPrefix(w.url, "http://")}
}

// clients returns n clients, each with its own connection or session if the transport
// has them.
func (s *served) clients(b *testing.B, era era, n int) []client {
	b.Helper()
	all := make([]client, n)
	for i := range all {
		if s.pipe != nil {
			all[i] = s.pipe.client(i + 1)
			continue
		}
		all[i] = s.overHTTP(b, era)
	}
	return all
}

// overHTTP returns a client that uses little CPU time: it sends the same bytes over its
// own connection and reads the response to its end.
func (s *served) overHTTP(b *testing.B, era era) client {
	b.Helper()
	w := &web{t: b, url: "http://" + s.address, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	v := w.visit("alice", era, "{}")
	body, header := v.compose(7, "tools/call", "list_vms", toolCall("list_vms", "{}"))
	r, err := http.NewRequest(http.MethodPost, w.url+"/mcp", strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	for _, h := range append(header, "Accept: application/json, text/event-stream", "Content-Type: application/json", "Authorization: Bearer alice") {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	var request bytes.Buffer
	if err := r.Write(&request); err != nil {
		b.Fatal(err)
	}
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	in := bufio.NewReader(conn)
	return func() error {
		if _, err := conn.Write(request.Bytes()); err != nil {
			return err
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		answer, err := io.ReadAll(response.Body)
		if err == nil && (response.StatusCode != http.StatusOK || !rightAnswer(answer)) {
			err = fmt.Errorf("%s %s", response.Status, answer)
		}
		return err
	}
}

// rightAnswer reports whether a message is the response to the read.
func rightAnswer(message []byte) bool {
	return bytes.Contains(message, []byte(`"result"`)) && bytes.Contains(message, []byte("web-19")) && !bytes.Contains(message, []byte(`"isError":true`))
}

// serveStdio serves both servers over pipes of the system.
func serveStdio(b *testing.B, ours *Server, plain *server.MCPServer) (theirs, own *served) {
	b.Helper()
	alone := server.NewStdioServer(plain)
	server.WithWorkerPoolSize(poolSize)(alone)
	server.WithQueueSize(queueSize)(alone)
	theirs = &served{pipe: newBenchPipe(b, func(in io.Reader, out io.Writer) error { return alone.Listen(b.Context(), in, out) })}
	// Each has a life of its own; what it shares with the other runs is what costs.
	fresh := New(ours.opts)
	own = &served{pipe: newBenchPipe(b, func(in io.Reader, out io.Writer) error { return fresh.ServeStdio(b.Context(), in, out, patience) })}
	return theirs, own
}

// benchPipe is one connection over stdio that several clients share.
type benchPipe struct {
	mu      sync.Mutex
	in      io.Writer
	answers []chan []byte
}

func newBenchPipe(b *testing.B, serve func(in io.Reader, out io.Writer) error) *benchPipe {
	b.Helper()
	inReader, inWriter, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	outReader, outWriter, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	p := &benchPipe{in: inWriter, answers: make([]chan []byte, 1024)}
	for i := range p.answers {
		p.answers[i] = make(chan []byte, 1)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = serve(inReader, outWriter)
		_ = outWriter.Close()
	}()
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.read(outReader)
	}()
	b.Cleanup(func() {
		_ = inWriter.Close()
		<-ended
		<-read
		_, _ = inReader.Close(), outReader.Close()
	})
	if err := p.ask(0, initialize("{}")); err == nil || !strings.Contains(err.Error(), "serverInfo") {
		b.Fatal(err)
	}
	return p
}

// read passes responses to the clients that wait; the one to initialize has no number.
func (p *benchPipe) read(out io.Reader) {
	lines := bufio.NewReaderSize(out, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		id := 0
		if _, rest, ok := bytes.Cut(line[:min(len(line), 64)], []byte(`"id":`)); ok {
			id, _ = strconv.Atoi(string(rest[:max(0, bytes.IndexAny(rest, ",}"))]))
		}
		p.answers[id] <- line
	}
}

func (p *benchPipe) ask(id int, message string) error {
	p.mu.Lock()
	_, err := io.WriteString(p.in, message+"\n")
	p.mu.Unlock()
	if err != nil {
		return err
	}
	if answer := <-p.answers[id]; !rightAnswer(answer) {
		return fmt.Errorf("%s", answer)
	}
	return nil
}

func (p *benchPipe) client(id int) client {
	message := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{%s}}`, id, toolCall("list_vms", "{}"))
	return func() error { return p.ask(id, message) }
}
