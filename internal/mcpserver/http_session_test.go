package mcpserver

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"countersign/internal/tool"
)

// TestSessionIDs pins for which principal an ID is valid and which traits it has.
func TestSessionIDs(t *testing.T) {
	t.Parallel()
	ids, replica, other := newSessionIDs([]byte("key")), newSessionIDs([]byte("key")), newSessionIDs([]byte("another"))
	for _, traits := range []sessionTraits{0, traitForm, traitStream, traitForm | traitStream} {
		id := ids.mint("alice", traits)
		for name, test := range map[string]struct {
			by  *sessionIDs
			id  string
			who string
			ok  bool
		}{
			"its owner":             {ids, id, "alice", true},
			"at another process":    {replica, id, "alice", true},
			"somebody else":         {ids, id, "bob", false},
			"nobody":                {ids, id, "", false},
			"with a longer name":    {ids, id, "alice2", false},
			"with another state":    {other, id, "alice", false},
			"cut":                   {ids, id[:len(id)-1], "alice", false},
			"longer":                {ids, id + "A", "alice", false},
			"padded":                {ids, id + "=", "alice", false},
			"empty":                 {ids, "", "alice", false},
			"of the library's form": {ids, "mcp-session-00000000-0000-4000-8000-000000000000", "alice", false},
		} {
			got, ok := test.by.read(test.id, test.who)
			if ok != test.ok || ok && got != traits {
				t.Errorf("%s: %v %v", name, got, ok)
			}
		}
		raw, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			raw[i] ^= 1
			if _, ok := ids.read(base64.RawURLEncoding.EncodeToString(raw), "alice"); ok {
				t.Errorf("byte %d can be changed", i)
			}
			raw[i] ^= 1
		}
	}
	if one, two := ids.mint("alice", 0), ids.mint("alice", 0); one == two {
		t.Error("two sessions have one ID")
	}
}

// TestDeletedSessionsAreBounded pins that at least the latest ended sessions are
// remembered, and that an invalid ID cannot be ended.
func TestDeletedSessionsAreBounded(t *testing.T) {
	t.Parallel()
	ids := newSessionIDs([]byte("key"))
	first := ids.mint("alice", 0)
	ids.end(first)
	ids.end(first)
	ids.end("")
	ids.end("garbage!")
	if _, ok := ids.read(first, "alice"); ok {
		t.Error("it can still be used")
	}
	var last string
	for range maxDeleted + 10 {
		last = ids.mint("alice", 0)
		ids.end(last)
	}
	if _, ok := ids.read(last, "alice"); ok {
		t.Error("the last one can still be used")
	}
	if len(ids.deleted) != maxDeleted || len(ids.order) != maxDeleted {
		t.Errorf("%d are remembered, in an order of %d", len(ids.deleted), len(ids.order))
	}
}

// TestSessionsOverHTTP pins that posting, listening and ending check a session alike.
func TestSessionsOverHTTP(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, nil)
	stream := w.http.ids.mint("alice", traitStream)
	forged := newSessionIDs([]byte("another key")).mint("alice", traitForm)
	mine := w.visit("alice", legacy, forms).session
	for name, test := range map[string]struct {
		who, session string
		ok           bool
	}{
		"own": {"alice", mine, true}, "somebody else's": {"bob", mine, false}, "forged": {"alice", forged, false},
		"invented":           {"alice", "mcp-session-00000000-0000-4000-8000-000000000000", false},
		"of an event stream": {"alice", stream, false}, "garbage": {"alice", "garbage", false},
	} {
		header := sessionHeader + ": " + test.session
		want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[test.ok]
		if a := w.must("POST", "/mcp", test.who, ping, header); a.status != want || !test.ok && (a.message.Error == nil || a.message.Error.Code != codeUnknownSession || a.message.ID != 7.) {
			t.Errorf("%s: POST %d %s", name, a.status, a.body)
		}
		ctx, leave := context.WithCancel(t.Context())
		r, err := w.open(ctx, "GET", "/mcp", test.who, "", header)
		if err != nil || r.StatusCode != want || test.ok && r.Header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("%s: GET %v %v", name, r, err)
		}
		leave()
		_ = r.Body.Close()
		if a := w.must("POST", "/mcp", test.who, initialize("{}"), header); a.status != 200 || a.header.Get(sessionHeader) == test.session {
			t.Errorf("%s: a new handshake %d %s", name, a.status, a.body)
		}
		if !test.ok {
			if a := w.must("DELETE", "/mcp", test.who, "", header); a.status != want {
				t.Errorf("%s: DELETE %d", name, a.status)
			}
		}
	}
	for name, test := range map[string]struct {
		method, body string
		header       []string
		status       int
	}{
		"POST without a session":     {"POST", ping, nil, 200},
		"GET without a session":      {"GET", "", nil, 405},
		"DELETE without a session":   {"DELETE", "", nil, 404},
		"GET in the modern era":      {"GET", "", []string{"Mcp-Protocol-Version: 2026-07-28", sessionHeader + ": " + mine}, 405},
		"DELETE in the modern era":   {"DELETE", "", []string{"Mcp-Protocol-Version: 2026-07-28", sessionHeader + ": " + mine}, 405},
		"GET in an unknown revision": {"GET", "", []string{"Mcp-Protocol-Version: 1999-01-01", sessionHeader + ": " + mine}, 400},
		"a handshake that fails":     {"POST", `{"jsonrpc":"2.0","id":1,"method":"initialize","params":[]}`, nil, 200},
	} {
		if a := w.must(test.method, "/mcp", "alice", test.body, test.header...); a.status != test.status || a.header.Get(sessionHeader) != "" {
			t.Errorf("%s: %d %v %s", name, a.status, a.header, a.body)
		}
	}
	if a := w.must("DELETE", "/mcp", "alice", "", sessionHeader+": "+mine); a.status != 200 {
		t.Errorf("DELETE %d", a.status)
	}
	for _, method := range []string{"POST", "GET", "DELETE"} {
		body := map[string]string{"POST": ping}[method]
		if a := w.must(method, "/mcp", "alice", body, sessionHeader+": "+mine); a.status != http.StatusNotFound {
			t.Errorf("after its end: %s %d", method, a.status)
		}
	}
}

// TestSessionOutlivesItsProcess pins that a session is valid, with the capabilities of
// its client, in a process that has never seen it.
func TestSessionOutlivesItsProcess(t *testing.T) {
	first := newWeb(t, wireOptions{tools: looking}, nil)
	session := first.visit("alice", legacy, forms).session
	second := newWeb(t, wireOptions{tools: []*tool.Definition{act(tool.Disrupt, nothing)}}, nil)
	v := &visitor{web: second, who: "alice", era: legacy, session: session}
	messages, err := v.act(t.Context(), acme)
	if err != nil {
		t.Fatal(err)
	}
	if asked := next(t, messages); asked.Method != "elicitation/create" {
		t.Errorf("%s", asked.raw)
	}
}

// TestEndOfASession pins that the end of a session ends its streams and its questions.
func TestEndOfASession(t *testing.T) {
	w := newWeb(t, wireOptions{tools: []*tool.Definition{act(tool.Disrupt, nothing)}}, nil)
	v := w.visit("alice", legacy, forms)
	r, err := w.open(t.Context(), "GET", "/mcp", "alice", "", sessionHeader+": "+v.session)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	messages, err := v.act(t.Context(), acme)
	if err != nil {
		t.Fatal(err)
	}
	next(t, messages)
	if a := w.must("DELETE", "/mcp", "alice", "", sessionHeader+": "+v.session); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if m := next(t, messages); m.status() != "approval_required" {
		t.Errorf("%s", m.raw)
	}
	for m := range events(t, r.Body) {
		t.Errorf("the stream brought %s", m.raw)
	}
}

// TestQuestionsThatAreNotAnswered pins that the error says why there is no answer.
func TestQuestionsThatAreNotAnswered(t *testing.T) {
	t.Parallel()
	var q questions
	for name, test := range map[string]struct {
		instead func(id int64)
		want    string
	}{
		"an error": {func(id int64) { q.answer("session", id, clientAnswer{Error: json.RawMessage("{}")}) }, "answered a question with an error"},
		"the end":  {func(int64) { q.end("session") }, "the session ended before the question was answered"},
	} {
		_, err := q.ask(t.Context(), "session", "elicitation/create", nil, func(message []byte) error {
			test.instead(readPostedID(t, message))
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func readPostedID(t *testing.T, message []byte) (id int64) {
	t.Helper()
	if err := json.Unmarshal(readPosted(message).ID, &id); err != nil {
		t.Fatal(err)
	}
	return id
}

// nightly returns many in nightly runs, otherwise few.
func nightly(few, many int) int {
	if on, _ := strconv.ParseBool(os.Getenv("COUNTERSIGN_NIGHTLY")); on {
		return many
	}
	return few
}

// TestMemoryIsFlat pins that many sessions without an end and many calls, over HTTP and
// stdio, do not use more memory.
func TestMemoryIsFlat(t *testing.T) {
	sessions, calls := nightly(1000, 100_000), nightly(1000, 1_000_000)
	w := newWeb(t, wireOptions{tools: looking}, nil)
	sessionless := &visitor{web: w, who: "alice", era: legacy, caps: "{}"}
	visitors := []*visitor{w.visit("alice", legacy, forms), w.visit("alice", modern, forms), sessionless}
	pipe := connect(t, wireOptions{tools: looking})
	for _, do := range []struct {
		name string
		n    int
		once func(i int) message
	}{
		{"sessions", sessions, func(int) message { w.visit("alice", legacy, forms); return message{Result: &result{}} }},
		{"calls over HTTP", calls, func(i int) message { return visitors[i%len(visitors)].call("look", acme).message }},
		{"calls over stdio", calls, func(int) message { return pipe.ask("look", acme) }},
	} {
		many := func(n int) {
			for i := range n {
				if m := do.once(i); m.Result == nil {
					t.Fatalf("%s: %s", do.name, m.raw)
				}
			}
		}
		many(200) // what is made once is made
		before := heap()
		many(do.n)
		grown := heap() - before
		t.Logf("%d %s left %d bytes", do.n, do.name, grown)
		if grown > 512<<10 {
			t.Errorf("%s: memory is not flat", do.name)
		}
	}
	pipe.end()
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestListenOfTheModernEra pins that the subscription request of revision 2026-07-28 is
// served, and ends if there is nothing to subscribe to.
func TestListenOfTheModernEra(t *testing.T) {
	w := newWeb(t, wireOptions{tools: looking}, nil)
	v := w.visit("alice", modern, "{}")
	a, err := v.post(t.Context(), 5, "subscriptions/listen", "", `"notifications":{"toolsListChanged":true}`)
	if err != nil || a.status != 200 || len(a.before) != 1 || !strings.Contains(a.before[0].raw, "acknowledged") || a.message.ID != 5. || a.message.Result == nil {
		t.Errorf("%v %d %s", err, a.status, a.body)
	}
	old := &visitor{web: w, who: "alice", era: legacy}
	if a, err := old.post(t.Context(), 5, "subscriptions/listen", "", ""); err != nil || a.message.Error == nil || a.message.Error.Code != -32601 {
		t.Errorf("before that era: %v %s", err, a.body)
	}
}
