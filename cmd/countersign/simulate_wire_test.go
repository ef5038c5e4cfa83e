package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"countersign/internal/guard"
	"countersign/internal/tool"
)

// The protocol revisions of the agents over HTTP.
const (
	legacyRevision = "2025-11-25"
	modernRevision = "2026-07-28"
)

// wireCall is a call over HTTP.
type wireCall struct {
	// id is the ID of the message, with which its client can cancel it.
	id int
	// session is its session; empty if it has none.
	session string
	body    string
	// question is the ID of the question that the client received; 0 for none.
	question int64
	// cancel closes the connection. disconnected and cancelled report that the
	// client closed the connection or cancelled the call; it then receives no
	// response.
	cancel                  context.CancelFunc
	disconnected, cancelled bool
	// dropsResponse reports that the connection breaks at the first write of the
	// response.
	dropsResponse bool
}

// abandoned reports whether the client receives no response.
func (w *wireCall) abandoned() bool { return w != nil && (w.disconnected || w.cancelled) }

// wireMessage is a message from a server.
type wireMessage struct {
	ID     json.RawMessage
	Method string
	Params struct {
		Message         string
		RequestedSchema json.RawMessage
	}
	Result *struct {
		IsError           bool
		StructuredContent json.RawMessage
		Content           []struct{ Text string }
		Meta              struct {
			Error *tool.Error `json:"countersign/error"`
		} `json:"_meta"`
		RequestState  string
		InputRequests map[string]struct {
			Params struct {
				Message         string
				RequestedSchema json.RawMessage
			}
		}
	}
	Error *struct {
		Code    int
		Message string
	}
}

// send makes a call in process or over HTTP, and reports whether its caller
// received the response.
func (c *simulatedCall) send(r guard.Request) (reply guard.Reply, heard bool, err error) {
	r.Principal = c.principal
	if c.server.httpHandler == nil {
		reply, err = c.server.guard.Call(c.context(), r)
	} else {
		reply, err = c.overHTTP(r)
	}
	c.turns.wait(c.who, "ends")
	return reply, c.alive(c.server.name) && !c.wire.abandoned(), err
}

// overHTTP makes a call as a client of one of the two revisions.
func (c *simulatedCall) overHTTP(r guard.Request) (guard.Reply, error) {
	m := c.members[c.principal]
	c.messages++
	ctx, cancel := context.WithCancel(c.context())
	defer cancel()
	w := &wireCall{id: c.messages, cancel: cancel, dropsResponse: !c.noFaults && c.chance(12)}
	modern := r.RoundTrip || r.Form == nil && c.chance(2)
	if !modern && (r.Form != nil || c.chance(2)) {
		w.session = c.session(m, r.Form != nil)
	}
	params := toolParams(r)
	w.body = envelope(w.id, "tools/call", params, modern, r.RoundTrip)
	c.wire = w
	response := c.post(ctx, m, w.body, w.session, modernHeaders(modern, r.Tool))
	var last *wireMessage
	for raw := range response.messages {
		c.checkMessage(string(raw))
		var message wireMessage
		if err := json.Unmarshal(raw, &message); err != nil {
			c.violate("served", "%s: %v: %s", c.who, err, raw)
			continue
		}
		switch message.Method {
		case "elicitation/create":
			c.showForm(ctx, r, message)
		case "": // a response; other messages report progress
			last = &message
		}
	}
	c.tally.event(fmt.Sprintf("over HTTP: %d", response.status))
	if w.abandoned() || !c.alive(c.server.name) {
		return guard.Reply{}, errors.New("nobody hears the answer")
	}
	return c.parseReply(response, last)
}

// toolParams returns the parameters of a tool call.
func toolParams(r guard.Request) map[string]any {
	params := map[string]any{"name": r.Tool, "arguments": r.Arguments}
	if r.State != "" {
		params["requestState"] = r.State
	}
	if r.Answer != nil {
		params["inputResponses"] = map[string]any{"countersign": answerResult(*r.Answer)}
	}
	return params
}

// answerResult returns an answer in the form in which a client sends it.
func answerResult(a guard.Answer) map[string]any {
	result := map[string]any{"action": a.Action}
	if a.Typed != "" {
		result["content"] = map[string]string{"confirm": a.Typed}
	}
	return result
}

// envelope returns a message with the fields that the revision requires.
func envelope(id int, method string, params map[string]any, modern, forms bool) string {
	meta := map[string]any{"progressToken": id}
	if modern {
		capabilities := map[string]any{}
		if forms {
			capabilities["elicitation"] = map[string]any{}
		}
		meta["io.modelcontextprotocol/protocolVersion"] = modernRevision
		meta["io.modelcontextprotocol/clientInfo"] = map[string]string{"name": "agent", "version": "1"}
		meta["io.modelcontextprotocol/clientCapabilities"] = capabilities
	}
	params["_meta"] = meta
	raw, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params})
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func modernHeaders(modern bool, name string) map[string]string {
	if !modern {
		return map[string]string{"Mcp-Protocol-Version": legacyRevision}
	}
	return map[string]string{"Mcp-Protocol-Version": modernRevision, "Mcp-Method": "tools/call", "Mcp-Name": name}
}

// session returns a session ID of a member, with or without forms. It is valid at
// every server.
func (c *simulatedCall) session(m *member, forms bool) string {
	if m.sessions[forms] == "" {
		capabilities := map[string]any{}
		if forms {
			capabilities["elicitation"] = map[string]any{}
		}
		body := envelope(1, "initialize", map[string]any{
			"protocolVersion": legacyRevision, "capabilities": capabilities, "clientInfo": map[string]string{"name": "agent", "version": "1"},
		}, false, false)
		response := c.post(c.context(), m, body, "", nil)
		<-response.ended
		m.sessions[forms] = response.header.Get("Mcp-Session-Id")
		c.invariant("served", m.sessions[forms] != "", "no session for %s: %d", c.principal, response.status)
	}
	return m.sessions[forms]
}

// post sends a message to the server of the call.
func (c *simulatedCall) post(ctx context.Context, m *member, body, session string, headers map[string]string) *wireResponse {
	return c.request(ctx, http.MethodPost, m, body, session, headers)
}

func (c *simulatedCall) request(ctx context.Context, method string, m *member, body, session string, headers map[string]string) *wireResponse {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+publicHost+"/mcp", strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.RemoteAddr = "192.0.2.7:4711"
	r.Header.Set("Authorization", "Bearer "+m.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if session != "" {
		r.Header.Set("Mcp-Session-Id", session)
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := &wireResponse{call: c, header: http.Header{}, messages: make(chan []byte, 1000), ended: make(chan struct{})}
	go func() {
		c.server.httpHandler.ServeHTTP(w, r)
		close(w.messages)
		close(w.ended)
	}()
	return w
}

// wireResponse collects the messages of a response.
type wireResponse struct {
	call     *simulatedCall
	header   http.Header
	status   int
	messages chan []byte
	ended    chan struct{}
}

// Header implements http.ResponseWriter.
func (w *wireResponse) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *wireResponse) WriteHeader(status int) { w.status = status }

// Flush implements http.Flusher.
func (*wireResponse) Flush() {}

// Write implements http.ResponseWriter. Servers write one message, or one event
// with a message, per call.
func (w *wireResponse) Write(p []byte) (int, error) {
	call := w.call.wire
	if call != nil && call.dropsResponse && !call.disconnected {
		w.call.disconnect("when it is answered")
	}
	if call.abandoned() {
		return 0, io.ErrClosedPipe
	}
	message := bytes.TrimSpace(p)
	if _, data, ok := bytes.Cut(message, []byte("\ndata: ")); ok {
		message = data
	}
	if len(message) > 0 {
		w.messages <- bytes.Clone(message)
	}
	return len(p), nil
}

// disconnect closes the connection of a call.
func (c *simulatedCall) disconnect(when string) {
	c.wire.disconnected = true
	c.faults++ // its response may be lost
	c.tally.fault("a client leaves " + when)
	c.note("%s: the client leaves %s", c.who, when)
	c.wire.cancel()
}

// maybeDisconnect disconnects the client of a call at random.
func (c *simulatedCall) maybeDisconnect(when string) {
	if c.wire != nil && !c.noFaults && !c.wire.disconnected && c.chance(80) {
		c.disconnect(when)
	}
}

var operationID = regexp.MustCompile(`op_[a-z0-9]{20}`)

// checkMessage checks that a message to a client has no secrets and no operations
// of others.
func (c *simulatedCall) checkMessage(raw string) {
	c.secretFree("a message", raw)
	for _, id := range operationID.FindAllString(raw, -1) {
		c.noteReported(id)
		if strings.Contains(c.wire.body, id) {
			continue // the request named it
		}
		maker := c.makers[id]
		c.invariant("own operations", maker != nil && maker.principal == c.principal, "%s is told of %s: %s", c.principal, id, raw)
	}
}

// parseQuestion reads a question from a form. The form does not contain the text to
// type; the person knows it.
func (c *simulatedCall) parseQuestion(text string, schema json.RawMessage) guard.Question {
	q := guard.Question{Operation: operationID.FindString(text), Text: text}
	for _, id := range operationID.FindAllString(text, -1) {
		q.Operation = id // the last ID is that of the operation
	}
	var form struct {
		Properties map[string]struct{ Description string }
	}
	if err := json.Unmarshal(schema, &form); err != nil {
		c.t.Fatal(err)
	}
	maker := c.makers[q.Operation]
	if field, ok := form.Properties["confirm"]; ok && maker != nil && maker.task != nil {
		q.TypedLabel = field.Description
		known := c.validTexts(maker)
		if q.Typed = known[len(known)-1]; strings.Contains(field.Description, "name") && len(known) > 1 {
			q.Typed = known[len(known)-2]
		}
	}
	return q
}

// showForm shows a question in the background of the call, and posts the answer.
func (c *simulatedCall) showForm(ctx context.Context, r guard.Request, message wireMessage) {
	if err := json.Unmarshal(message.ID, &c.wire.question); err != nil || r.Form == nil {
		c.violate("served", "%s is asked what it cannot answer: %s %v", c.who, message.ID, err)
		return
	}
	q := c.parseQuestion(message.Params.Message, message.Params.RequestedSchema)
	c.start(c.who+" form", true, func() {
		answer, err := r.Form(ctx, q)
		body := map[string]any{"jsonrpc": "2.0", "id": message.ID, "result": answerResult(answer)}
		if err != nil {
			delete(body, "result")
			body["error"] = map[string]any{"code": -32000, "message": err.Error()}
		}
		raw, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		if c.wire.disconnected || !c.alive(c.server.name) {
			return
		}
		response := c.post(c.context(), c.members[c.principal], string(raw), c.wire.session, nil)
		<-response.ended
		if response.status != http.StatusAccepted {
			c.faults++ // the server did not wait for it any more
			c.note("%s: the answer is refused: %d", c.who, response.status)
		}
	})
}

// parseReply converts the response to a reply.
func (c *simulatedCall) parseReply(response *wireResponse, last *wireMessage) (guard.Reply, error) {
	if last == nil || string(last.ID) != fmt.Sprint(c.wire.id) {
		c.violate("answered", "%s: %d, and no response", c.who, response.status)
		return guard.Reply{}, errors.New("no response")
	}
	if last.Error != nil {
		// A tool that the principal may not use does not exist for it.
		turnedAway := last.Error.Code == -32602 || response.status == http.StatusForbidden
		c.invariant("served", turnedAway, "%s: %d %+v", c.who, response.status, last.Error)
		return guard.Reply{}, tool.Errorf(tool.CodeInvalidArguments, "", "%s", last.Error.Message)
	}
	result := last.Result
	switch {
	case result == nil:
		c.violate("served", "%s: neither result nor error", c.who)
		return guard.Reply{}, errors.New("no result")
	case result.Meta.Error != nil:
		return guard.Reply{}, result.Meta.Error
	case result.RequestState != "":
		asked := result.InputRequests["countersign"].Params
		q := c.parseQuestion(asked.Message, asked.RequestedSchema)
		return guard.Reply{Ask: &q, State: result.RequestState}, nil
	}
	reply := guard.Reply{Output: result.StructuredContent}
	decoder := json.NewDecoder(bytes.NewReader(result.StructuredContent))
	decoder.DisallowUnknownFields()
	var outcome tool.Outcome
	if decoder.Decode(&outcome) == nil && outcome.Status != "" {
		reply.Output = outcome
	}
	for _, block := range result.Content[min(1, len(result.Content)):] {
		reply.Text += block.Text
	}
	return reply, nil
}
