package cloud

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrorKind is the kind of a failure; each kind has one next step.
type ErrorKind string

// The kinds of failure that a cloud can report.
const (
	ErrInvalid      ErrorKind = "invalid_request"   // the vendor or its rules refuse the values
	ErrUnknownID    ErrorKind = "unknown_id"        // no such thing in this account
	ErrUnauthorized ErrorKind = "unauthorized"      // the key is missing or wrong
	ErrForbidden    ErrorKind = "forbidden"         // the key may not do this
	ErrBlocked      ErrorKind = "blocked"           // the resource's own gate or state forbids it
	ErrUnsupported  ErrorKind = "unsupported"       // this cloud has no such operation
	ErrRateLimited  ErrorKind = "rate_limited"      // too many requests; retry later
	ErrUnavailable  ErrorKind = "cloud_unavailable" // no usable response: network, 5xx, garbled
	ErrVendor       ErrorKind = "cloud_error"       // refused for another reason
)

// Error is one failed vendor call or one refusal by a vendor's rules. It keeps the
// vendor's message, code, issues and request ID.
type Error struct {
	Kind      ErrorKind
	Account   AccountName
	Operation string // what was attempted, such as "rename SSH key"
	Message   string // the vendor's message, cleaned; or ours
	Hint      string // the next right step, where it is known
	Status    int    // HTTP status, 0 without a response
	Code      string // the vendor's own code
	Issues    []Issue
	RequestID string
	// RetryAfter is how long the vendor asks to wait, or 0.
	RetryAfter time.Duration
	// Candidates are the exact IDs of resources that may have been meant.
	Candidates []Candidate
	// Ambiguous says that a write may have been carried out although there was no
	// usable response.
	Ambiguous bool
	// Err is the cause, for errors.Is; it is never shown.
	Err error
}

// Issue is one field that the vendor refused.
type Issue struct {
	Field   string
	Message string
	Code    string
}

// Candidate is an existing resource that a wrong ID may have meant.
type Candidate struct {
	ID   string
	Name string
}

// Error implements error. It returns one line without any secret.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Operation != "" {
		b.WriteString(e.Operation + ": ")
	}
	b.WriteString(string(e.Kind))
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d)", e.Status)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsKind reports whether err is a cloud error of that kind.
func IsKind(err error, kind ErrorKind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// IsAmbiguous reports whether a write that failed with err may have been
// carried out nevertheless.
func IsAmbiguous(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Ambiguous
}
