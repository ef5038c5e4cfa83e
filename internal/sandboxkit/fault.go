package sandboxkit

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// FaultKind is one way in which a cloud can misbehave.
type FaultKind string

// The faults. Some of them close the connection. Go's HTTP client then sends a read
// again, but never a write, if it has used the connection before.
const (
	RateLimited FaultKind = "rate_limited" // 429 with Retry-After; the handler does not run
	ServerError FaultKind = "server_error" // Status, 503 unless set; the handler does not run
	Slow        FaultKind = "slow"         // waits Delay of wall time, then responds as usual
	Cut         FaultKind = "cut"          // the handler runs, half of its response is sent
	Garbled     FaultKind = "garbled"      // the handler runs, 200 with bytes that are not JSON
	HTML        FaultKind = "html"         // 502 with a proxy's page; the handler does not run
	LostAnswer  FaultKind = "lost_answer"  // the handler runs to its end, no response is sent
	LateAnswer  FaultKind = "late_answer"  // the handler runs to its end, its response waits Delay
	Refuse      FaultKind = "refuse"       // the connection is closed before the handler runs
)

// faultKinds returns all kinds of faults.
func faultKinds() []FaultKind {
	return []FaultKind{RateLimited, ServerError, Slow, Cut, Garbled, HTML, LostAnswer, LateAnswer, Refuse}
}

// Fault is one misbehaviour, applied to the next Times requests that match.
type Fault struct {
	Kind FaultKind
	// Method and Path select the requests; empty matches any. Path is a glob in
	// which * matches any text, slashes included, and ? one character.
	Method, Path string
	// Times is the number of requests that fail; less than 1 counts as 1.
	Times int
	// Status is the status of ServerError.
	Status int
	// Message replaces the default message of ServerError, in the vendor's format; Body
	// replaces its whole body.
	Message, Body string
	// RetryAfter is what RateLimited asks to wait, in whole seconds; 1 s unless set.
	RetryAfter time.Duration
	// Delay is how long Slow and LateAnswer wait.
	Delay time.Duration
}

// wireFault is a Fault as JSON: snake_case, durations such as "1m30s".
type wireFault struct {
	Kind       FaultKind `json:"kind"`
	Method     string    `json:"method,omitempty"`
	Path       string    `json:"path,omitempty"`
	Times      int       `json:"times,omitempty"`
	Status     int       `json:"status,omitempty"`
	Message    string    `json:"message,omitempty"`
	Body       string    `json:"body,omitempty"`
	RetryAfter span      `json:"retry_after,omitempty"`
	Delay      span      `json:"delay,omitempty"`
}

func (f wireFault) fault() Fault {
	return Fault{
		Kind: f.Kind, Method: f.Method, Path: f.Path, Times: f.Times, Status: f.Status, Message: f.Message, Body: f.Body,
		RetryAfter: time.Duration(f.RetryAfter), Delay: time.Duration(f.Delay),
	}
}

func (f Fault) wire() wireFault {
	return wireFault{
		Kind: f.Kind, Method: f.Method, Path: f.Path, Times: f.Times, Status: f.Status, Message: f.Message, Body: f.Body,
		RetryAfter: span(f.RetryAfter), Delay: span(f.Delay),
	}
}

// MarshalJSON writes snake_case with durations as strings.
func (f Fault) MarshalJSON() ([]byte, error) { return json.Marshal(f.wire()) }

// UnmarshalJSON reads what MarshalJSON writes; an unknown kind is an error.
func (f *Fault) UnmarshalJSON(raw []byte) error {
	var w wireFault
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	*f = w.fault()
	return nil
}

// UnmarshalText returns an error for an unknown kind.
func (k *FaultKind) UnmarshalText(text []byte) error {
	*k = FaultKind(text)
	if !slices.Contains(faultKinds(), *k) {
		return fmt.Errorf("unknown fault %q, known are %q", text, faultKinds())
	}
	return nil
}

// span is a duration whose JSON is text.
type span time.Duration

// MarshalText writes "1m30s".
func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads "1m30s".
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = span(d)
	return err
}

// matcher returns a function that matches requests against a method and a path glob.
func matcher(method, glob string) func(method, path string) bool {
	pattern := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(glob))
	expr := regexp.MustCompile(`(?s)^` + pattern + `$`)
	return func(m, path string) bool {
		return (method == "" || method == m) && (glob == "" || expr.MatchString(path))
	}
}
