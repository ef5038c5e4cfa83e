package mcpserver

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// TestReadLine pins the longest message, and that only a message that is too long is
// skipped.
func TestReadLine(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct {
		name  string
		input string
		want  []string // lengths of lines, or errors, until the end
	}{
		{"nothing", "", []string{"0 EOF"}},
		{"one line", "abc\n", []string{"3", "0 EOF"}},
		{"the last without an end", "abc\nde", []string{"3", "2 EOF"}},
		{"empty lines", "\n\n", []string{"0", "0", "0 EOF"}},
		{"longer than the buffer", long(200_000) + "\nab\n", []string{"200000", "2", "0 EOF"}},
		{"the longest", long(maxLine-1) + "\nab\n", []string{fmt.Sprint(maxLine - 1), "2", "0 EOF"}},
		{"one more", long(maxLine) + "\nab\n", []string{"too long", "2", "0 EOF"}},
		{"much more", long(3*maxLine) + "\nab\n" + long(2*maxLine) + "\nc", []string{"too long", "2", "too long", "1 EOF"}},
		{"too long and cut off", long(2 * maxLine), []string{"0 EOF"}},
	}
	for _, test := range tests {
		r := bufio.NewReaderSize(strings.NewReader(test.input), 64<<10)
		for i, want := range test.want {
			line, err := readLine(r)
			got := fmt.Sprint(len(line))
			switch {
			case errors.Is(err, errLineTooLong):
				got = "too long"
			case err != nil:
				got += " " + err.Error()
			}
			if got != want {
				t.Errorf("%s, line %d: %s, want %s", test.name, i, got, want)
			}
		}
	}
}

// TestIsRequest pins for which lines the end of input waits for a response.
func TestIsRequest(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		`{"jsonrpc":"2.0","id":1,"method":"ping"}`:                  true,
		`{"jsonrpc":"2.0","id":"a","method":"ping"}`:                true,
		`{"method":"ping","params":{},"id":0,"jsonrpc":"2.0"}`:      true,
		`{"jsonrpc":"2.0","id":1,"method":"no/such/method"}`:        true,
		`{"jsonrpc":"2.0","id":1,"method":"ping","result":null}`:    true,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`:    false,
		`{"jsonrpc":"2.0","id":null,"method":"ping"}`:               false,
		`{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`:            false,
		`{"jsonrpc":"2.0","id":[1],"method":"ping"}`:                false,
		`{"jsonrpc":"2.0","id":true,"method":"ping"}`:               false,
		`{"jsonrpc":"2.0","id":1,"result":{}}`:                      false,
		`{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}`: false,
		`{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}`:      false,
		`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`:                false,
		`{"jsonrpc":"2.0","id":1,"method":"ping"`:                   false,
		`"ping"`: false, `1`: false, `null`: false, `{}`: false, `garbage`: false,
	}
	for line, want := range tests {
		if got := isRequest([]byte(line)); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

// TestIsResponse pins which messages count as a response, among them those that mcp-go
// writes.
func TestIsResponse(t *testing.T) {
	t.Parallel()
	encode := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	failure := func(id any) string {
		return encode(mcp.JSONRPCError{JSONRPC: "2.0", ID: mcp.NewRequestId(id), Error: mcp.NewJSONRPCErrorDetails(-32600, "m", nil)})
	}
	notification := mcp.JSONRPCNotification{JSONRPC: "2.0"}
	notification.Method = "notifications/progress"
	notification.Params.AdditionalFields = map[string]any{"id": 1, "result": 2}
	tests := map[string]bool{
		encode(mcp.NewJSONRPCResultResponse(mcp.NewRequestId(int64(1)), map[string]any{"method": "x"})): true,
		encode(mcp.NewJSONRPCResultResponse(mcp.NewRequestId("a"), nil)):                                true,
		failure(int64(0)):    true,
		failure("a"):         true,
		failure(nil):         false, // answers nothing that was counted
		encode(notification): false,
		`{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"result":{}}}`: false,
		`{"jsonrpc":"2.0","id":1.5,"result":{}}`:                                        true,
		`{"jsonrpc":"2.0","id":{"id":1},"result":{}}`:                                   false,
		`{"jsonrpc":"2.0","id":true,"result":{}}`:                                       false,
		`{}`: false, `[]`: false, ``: false, `{"id":1`: false, `"result"`: false,
	}
	for message, want := range tests {
		if got := isResponse([]byte(message + "\n")); got != want {
			t.Errorf("%s: %v", message, got)
		}
	}
}

// TestOddMessagesAtTheEnd pins that no message makes the server wait for a response that
// is never written, or end before one that is.
func TestOddMessagesAtTheEnd(t *testing.T) {
	modernMeta := `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	lines := map[string]string{
		"object as ID":                `{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`,
		"list as ID":                  `{"jsonrpc":"2.0","id":[1],"method":"ping"}`,
		"true as ID":                  `{"jsonrpc":"2.0","id":true,"method":"ping"}`,
		"null as ID":                  `{"jsonrpc":"2.0","id":null,"method":"ping"}`,
		"fraction as ID":              `{"jsonrpc":"2.0","id":1.5,"method":"ping"}`,
		"huge ID":                     `{"jsonrpc":"2.0","id":9007199254740993000000,"method":"ping"}`,
		"request and result":          `{"jsonrpc":"2.0","id":7,"method":"ping","result":{}}`,
		"request and error":           `{"jsonrpc":"2.0","id":7,"method":"ping","error":{"code":1,"message":"m"}}`,
		"null result":                 `{"jsonrpc":"2.0","id":7,"method":"ping","result":null}`,
		"no version":                  `{"id":7,"method":"ping"}`,
		"unknown method":              `{"jsonrpc":"2.0","id":7,"method":"no/such"}`,
		"unknown tool":                `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"none"}}`,
		"params of a string":          `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":"look"}`,
		"no params":                   `{"jsonrpc":"2.0","id":7,"method":"tools/call"}`,
		"batch":                       `[{"jsonrpc":"2.0","id":7,"method":"ping"}]`,
		"not JSON":                    `ping`,
		"a string":                    `"ping"`,
		"an answer to nothing":        `{"jsonrpc":"2.0","id":99,"result":{}}`,
		"the same ID twice":           `{"jsonrpc":"2.0","id":7,"method":"ping"}` + "\n" + `{"jsonrpc":"2.0","id":7,"method":"ping"}`,
		"cancelled":                   `{"jsonrpc":"2.0","id":7,"method":"ping"}` + "\n" + `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`,
		"subscription":                `{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},` + modernMeta + `}}`,
		"discovery":                   `{"jsonrpc":"2.0","id":7,"method":"server/discover","params":{` + modernMeta + `}}`,
		"too long":                    `{"jsonrpc":"2.0","id":7,"method":"` + strings.Repeat("x", maxLine) + `"}`,
		"invalid UTF-8":               "{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"ping\"}",
		"blank lines":                 "\n \n\t",
		"modern without capabilities": `{"jsonrpc":"2.0","id":7,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`,
	}
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			way := newGate()
			w := connect(t, wireOptions{tools: []*tool.Definition{look(way.wait)}, drain: patience})
			w.call("look", acme)
			w.send(line)
			way.arrived(t, 1)
			_ = w.in.Close()
			start := time.Now()
			time.AfterFunc(30*time.Millisecond, way.open)
			w.ended()
			if waited := time.Since(start); waited > 5*time.Second {
				t.Errorf("the end took %s", waited)
			}
			answered := false
			for _, m := range w.rest() {
				answered = answered || m.ID == 1.0 && m.Result != nil && !m.Result.IsError
			}
			if !answered {
				t.Error("a call that had been read was not answered")
			}
		})
	}
}

// TestEndsWithTheLastCall pins that the end of input waits exactly until the calls under
// way have ended.
func TestEndsWithTheLastCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const work = 1500 * time.Microsecond
		s := New(Options{Slog: slog.New(slog.DiscardHandler)})
		pipe := newStdioPipe(s, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"ping"}`+"\n"), io.Discard, time.Minute)
		go func() { // in place of mcp-go, whose session is older than the bubble
			lines := bufio.NewScanner(pipe.reader)
			for lines.Scan() {
				time.Sleep(work)
				if _, err := io.WriteString(pipe, `{"jsonrpc":"2.0","id":1,"result":{}}`); err != nil {
					t.Error(err)
				}
			}
		}()
		began := time.Now()
		pipe.pump(t.Context())
		if took := time.Since(began); took != work {
			t.Errorf("the end took %s, and the call %s", took, work)
		}
	})
}

// TestDeliveredOnlyAfterItsWrite pins that a result is recorded as delivered when the
// whole line was written, and not if the write failed.
func TestDeliveredOnlyAfterItsWrite(t *testing.T) {
	for _, broken := range []bool{false, true} {
		t.Run(fmt.Sprintf("broken %v", broken), func(t *testing.T) {
			var torn atomic.Bool
			w := connect(t, wireOptions{
				tools: []*tool.Definition{act(tool.Change, func(context.Context) error { torn.Store(broken); return nil })},
				out:   func(out io.Writer) io.Writer { return &fragile{out, &torn} },
				drain: time.Second,
			})
			w.call("act", acme)
			if !broken {
				m := w.message()
				if m.status() != "done" || m.Result.Meta.Operation == "" {
					t.Fatalf("got %s", m.raw)
				}
				w.end()
			} else {
				w.ended() // nobody is there to talk to
			}
			ops, err := w.store.Operations(t.Context(), store.OperationQuery{})
			if err != nil || len(ops) != 1 || ops[0].State != store.Done {
				t.Fatalf("%+v %v", ops, err)
			}
			if ops[0].DeliveredAt.IsZero() != broken {
				t.Errorf("delivered at %s", ops[0].DeliveredAt)
			}
		})
	}
}

// fragile is an output whose writes can be made to fail.
type fragile struct {
	io.Writer
	torn *atomic.Bool
}

func (f *fragile) Write(p []byte) (int, error) {
	if f.torn.Load() {
		return len(p) / 2, errors.New("broken pipe")
	}
	return f.Writer.Write(p)
}

// TestCancelledResultIsKept pins that the result of a cancelled call is returned to the
// next equal call.
func TestCancelledResultIsKept(t *testing.T) {
	way := newGate()
	w := connect(t, wireOptions{tools: []*tool.Definition{act(tool.Change, func(ctx context.Context) error { return way.wait(ctx, actInput{}) })}})
	id := w.call("act", acme)
	way.arrived(t, 1)
	w.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, id))
	w.send(`{"jsonrpc":"2.0","id":"after","method":"ping"}`)
	w.skipTo("after")
	way.open()
	w.skipTo(float64(id))
	var outcome tool.Outcome
	if m := w.ask("act", acme); m.status() != "done" || json.Unmarshal(m.Result.Structured, &outcome) != nil || !outcome.Repeated {
		t.Errorf("the next call got %s", m.raw)
	}
	w.end()
}

// TestBatchesAreRefused checks that a batch is answered with what to do instead, and that
// the next message is served.
func TestBatchesAreRefused(t *testing.T) {
	w := connect(t, wireOptions{tools: looking})
	w.send("  [" + ping + "]")
	w.send(ping)
	_ = w.in.Close()
	w.ended()
	said, served := false, false
	for _, m := range w.rest() {
		said = said || m.Error != nil && m.Error.Code == codeInvalidRequest && strings.Contains(m.Error.Message, "one message at a time")
		served = served || m.ID == 7.0 && m.Error == nil
	}
	if !said || !served {
		t.Errorf("said %v, served %v", said, served)
	}
}
