package sandboxkit

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

// maxJournal is the number of requests that are kept, the last ones.
const maxJournal = 10000

// Request is one line of the journal. Headers are never kept.
type Request struct {
	Vendor string `json:"vendor"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query,omitempty"`
	// Body is the JSON body byte for byte, except for passwords.
	Body json.RawMessage `json:"body,omitempty"`
	// Status is the status of the response, 0 without a response.
	Status int `json:"status"`
	// Fault is the fault that was applied, or empty.
	Fault FaultKind `json:"fault,omitempty"`
}

// journal keeps requests in the order of their arrival.
type journal struct {
	mu    sync.Mutex
	lines []*Request
}

// open adds a line and returns a function that sets the status of the response.
func (j *journal) open(vendor string, r *http.Request, body []byte, fault FaultKind) (answered func(status int)) {
	line := &Request{
		Vendor: vendor, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		Body: withoutPasswords(body), Fault: fault,
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.lines) == maxJournal {
		j.lines = append(j.lines[:0], j.lines[1:]...)
	}
	j.lines = append(j.lines, line)
	return func(status int) {
		j.mu.Lock()
		defer j.mu.Unlock()
		line.Status = status
	}
}

// matching returns the lines of one vendor, or of all when vendor is empty.
func (j *journal) matching(vendor string, match func(method, path string) bool) []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := []Request{}
	for _, line := range j.lines {
		if (vendor == "" || vendor == line.Vendor) && match(line.Method, line.Path) {
			out = append(out, *line)
		}
	}
	return out
}

// withoutPasswords returns a body with its passwords replaced. A body that is not JSON
// is not kept, because it may contain anything.
func withoutPasswords(body []byte) json.RawMessage {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || !json.Valid(body) {
		return json.RawMessage(`"[not JSON]"`)
	}
	if !hidePasswords(v) {
		return body
	}
	clean, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage(`"[not JSON]"`)
	}
	return clean
}

// hidePasswords replaces passwords in a decoded body and reports whether there were any.
func hidePasswords(v any) (found bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if strings.HasSuffix(strings.ToLower(name), "password") {
				v[name], found = "[secret]", true
			} else if hidePasswords(member) {
				found = true
			}
		}
	case []any:
		for _, item := range v {
			if hidePasswords(item) {
				found = true
			}
		}
	}
	return found
}
