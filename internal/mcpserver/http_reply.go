package mcpserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// reply is the response to one posted message. mcp-go writes one message to it, the
// response. Notifications and questions that are sent before it turn the response into
// an event stream. mcp-go's own event streams lose the last notification.
type reply struct {
	server  *Server
	caller  *Caller
	w       http.ResponseWriter
	control *http.ResponseController
	// gone is done when the client has disconnected.
	gone   context.Context //nolint:containedctx // the lifetime of the connection, not of the call
	client *messageClient
	modern bool
	// name returns the ID of the session that the message began; empty if it began none.
	name   func() string
	header http.Header

	mu sync.Mutex
	// status is the status that mcp-go has set.
	status int
	// begun reports that an event was written, ended that the response was.
	begun, ended bool
}

var errReplyEnded = errors.New("the response was given")

// Header implements server.HTTPResponseWriter. The headers that mcp-go sets are used
// only for a response without events before it.
func (r *reply) Header() http.Header { return r.header }

// WriteHeader implements server.HTTPResponseWriter.
func (r *reply) WriteHeader(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// Flush implements server.HTTPResponseWriter.
func (*reply) Flush() {}

// CanStream implements server.HTTPResponseWriter. It is false because mcp-go writes no
// events here.
func (*reply) CanStream() bool { return false }

// event writes a message before the response.
func (r *reply) event(message []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return errReplyEnded
	}
	return r.writeEvent(message)
}

func (r *reply) writeEvent(message []byte) error {
	if err := r.gone.Err(); err != nil {
		return err
	}
	_ = r.control.SetWriteDeadline(time.Now().Add(writeWait))
	if !r.begun {
		eventHeaders(r.w.Header())
		r.w.WriteHeader(http.StatusOK)
		r.begun = true
	}
	if _, err := r.w.Write(slices.Concat([]byte(eventPrefix), bytes.TrimSpace(message), []byte("\n\n"))); err != nil {
		return err
	}
	return r.control.Flush()
}

func eventHeaders(h http.Header) {
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // proxies must not buffer
}

// Write implements server.HTTPResponseWriter. mcp-go passes the whole response in one
// call.
func (r *reply) Write(message []byte) (int, error) {
	r.client.end() // writes pending notifications first
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return 0, errReplyEnded
	}
	r.ended = true
	recoded := correctCode(message)
	corrected := r.server.correctName(r.caller, recoded)
	_, operation := inspect(corrected)
	err := r.server.deliver(r.gone, r.caller, operation, func() error {
		switch {
		case r.begun:
			return r.writeEvent(r.server.payloads.fill(corrected))
		case r.modern && !bytes.Equal(recoded, message):
			r.status = http.StatusBadRequest // this era demands it for errors of the client
		}
		return r.writeWhole(r.server.payloads.fill(corrected), operation != "")
	})
	return len(message), err
}

// writeWhole writes a response without events before it. If known is true, it flushes,
// so that success means that the response was sent.
func (r *reply) writeWhole(message []byte, known bool) error {
	if err := r.gone.Err(); err != nil {
		return err
	}
	_ = r.control.SetWriteDeadline(time.Now().Add(writeWait))
	h := r.w.Header()
	maps.Copy(h, r.header)
	if name := r.name(); name != "" {
		h.Set(sessionHeader, name)
	}
	h.Set("Content-Length", fmt.Sprint(len(message)))
	r.w.WriteHeader(max(r.status, http.StatusOK))
	if _, err := r.w.Write(message); err != nil || !known {
		return err
	}
	return r.control.Flush()
}

// close ends the response. Later messages fail with errReplyEnded.
func (r *reply) close() {
	r.client.end()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended && !r.begun && r.status != 0 {
		maps.Copy(r.w.Header(), r.header)
		r.w.WriteHeader(r.status)
	}
	r.ended = true
}
