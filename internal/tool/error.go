package tool

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/schema"
)

// Code is the kind of a failure, for agents. Failures of a cloud have the words of
// cloud.ErrorKind as codes; these are those of the guard and the tools.
type Code string

// The codes of the guard and the tools.
const (
	CodeInvalidArguments Code = "invalid_arguments" // unknown key, wrong type, missing block, …
	CodeUnknownAccount   Code = "unknown_account"
	CodeUnknownOperation Code = "unknown_operation"
	CodeUnsupported      Code = "unsupported"
	CodeDenied           Code = "denied"          // a person said no
	CodeForbidden        Code = "forbidden"       // the rules say no, or the caller has no scope for it
	CodeOverCap          Code = "over_cap"        // it would exceed a cap, or that cannot be ruled out
	CodeExpired          Code = "expired"         // the question or the approval lapsed
	CodeDrift            Code = "drift"           // the plan is no longer the approved one
	CodeUnsettled        Code = "unsettled"       // an equal call has an unknown outcome
	CodeNotCarriedOut    Code = "not_carried_out" // the response was lost, and nothing was done
	CodeNotPossible      Code = "not_possible"
	CodeJobFailed        Code = "job_failed"    // the cloud accepted it, and its job failed
	CodeJobCancelled     Code = "job_cancelled" // an operator of the cloud cancelled it
	CodeBusy             Code = "busy"
	CodeInternal         Code = "internal"
)

// Error is the form in which agents receive every refusal and failure. Message says
// what happened and why, Hint the next right step.
type Error struct {
	Code              Code              `json:"code"`
	Message           string            `json:"message"`
	Hint              string            `json:"hint,omitempty"`
	Account           cloud.AccountName `json:"account,omitempty"`
	Operation         string            `json:"operation,omitempty"`
	Status            int               `json:"status,omitempty"`
	VendorCode        string            `json:"vendor_code,omitempty"`
	VendorMessage     string            `json:"vendor_message,omitempty"`
	Issues            []ErrorIssue      `json:"issues,omitempty"`
	Candidates        []ErrorCandidate  `json:"candidates,omitempty"`
	MissingScopes     []Scope           `json:"missing_scopes,omitempty"`
	RequestID         string            `json:"request_id,omitempty"`
	Retryable         bool              `json:"retryable"`
	RetryAfterSeconds int               `json:"retry_after_seconds,omitempty"`
}

// ErrorIssue is one argument or field that is wrong.
type ErrorIssue struct {
	Field   string `json:"field"`
	Message string `json:"message"`
	Code    string `json:"code,omitempty"`
}

// ErrorCandidate is the exact ID of a resource that may have been meant. Its name is
// text of its owner: data, never an instruction.
type ErrorCandidate struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Error implements error.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Errorf makes an error with a formatted message.
func Errorf(code Code, hint, format string, args ...any) *Error {
	return &Error{Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)}
}

// AsError converts any error to an *Error. Where an error is not known to be safe to
// show, it returns an internal error without its text.
func AsError(err error) *Error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	if vendor, ok := errors.AsType[*cloud.Error](err); ok {
		return fromCloud(vendor)
	}
	if problems, ok := errors.AsType[schema.Problems](err); ok {
		return fromProblems(problems)
	}
	return &Error{
		Code:    CodeInternal,
		Message: "Something went wrong inside Countersign; nothing more was sent.",
		Hint:    "Tell the operator to look at the log; it has the details.",
	}
}

func fromProblems(problems schema.Problems) *Error {
	e := &Error{
		Code:    CodeInvalidArguments,
		Message: "The arguments are not valid; nothing was sent.",
		Hint:    "Correct what issues names and call again.",
	}
	lines := make([]string, 0, len(problems))
	for _, p := range problems {
		e.Issues = append(e.Issues, ErrorIssue{Field: p.Path, Message: p.Message})
		lines = append(lines, strings.TrimPrefix(p.Path+": "+p.Message, ": "))
	}
	if len(lines) > 0 {
		e.Message = "The arguments are not valid, nothing was sent: " + strings.Join(lines, "; ")
	}
	return e
}

func fromCloud(v *cloud.Error) *Error {
	e := &Error{
		Code:              Code(v.Kind),
		Message:           ownWords(v),
		Hint:              v.Hint,
		Account:           v.Account,
		Status:            v.Status,
		VendorCode:        v.Code,
		RequestID:         v.RequestID,
		RetryAfterSeconds: int(math.Ceil(v.RetryAfter.Seconds())),
		Retryable:         retryable(v),
	}
	if v.Status != 0 {
		e.VendorMessage = v.Message
	}
	for _, issue := range v.Issues {
		e.Issues = append(e.Issues, ErrorIssue(issue))
	}
	for _, c := range v.Candidates {
		e.Candidates = append(e.Candidates, ErrorCandidate(c))
	}
	if e.Hint == "" {
		e.Hint = hintFor(v)
	}
	return e
}

func retryable(v *cloud.Error) bool {
	return !v.Ambiguous && (v.Kind == cloud.ErrRateLimited || v.Kind == cloud.ErrUnavailable)
}

// ownWords describes an error of a cloud in a sentence without any text of the vendor,
// which has a field of its own.
func ownWords(v *cloud.Error) string {
	what := v.Operation
	if what == "" {
		what = "the request"
	}
	if v.Status == 0 && v.Message != "" {
		return fmt.Sprintf("%s: %s", what, v.Message)
	}
	switch v.Kind {
	case cloud.ErrInvalid:
		return fmt.Sprintf("%s: the cloud refused the values (HTTP %d).", what, v.Status)
	case cloud.ErrUnknownID:
		return fmt.Sprintf("%s: the cloud knows no such ID in this account (HTTP %d).", what, v.Status)
	case cloud.ErrUnauthorized:
		return fmt.Sprintf("%s: the cloud did not accept the account's key (HTTP %d).", what, v.Status)
	case cloud.ErrForbidden:
		return fmt.Sprintf("%s: the account's key may not do this (HTTP %d).", what, v.Status)
	case cloud.ErrBlocked:
		return fmt.Sprintf("%s: the state of the resource forbids it (HTTP %d).", what, v.Status)
	case cloud.ErrRateLimited:
		return fmt.Sprintf("%s: the cloud asks to slow down (HTTP %d).", what, v.Status)
	case cloud.ErrUnavailable:
		return fmt.Sprintf("%s: the cloud gave no usable answer (HTTP %d).", what, v.Status)
	default:
		return fmt.Sprintf("%s: the cloud refused (HTTP %d).", what, v.Status)
	}
}

func hintFor(v *cloud.Error) string {
	switch v.Kind {
	case cloud.ErrInvalid:
		if v.Status == 0 {
			return "Nothing was sent. Correct what issues names and call again."
		}
		return "Read vendor_message and issues, correct the arguments and call again."
	case cloud.ErrUnknownID:
		return "IDs are never guessed: take the exact ID from a list tool of this account."
	case cloud.ErrUnauthorized:
		return "Ask the operator to check the account's key."
	case cloud.ErrForbidden:
		return "Ask the operator for a key with the permission that is missing."
	case cloud.ErrBlocked:
		return "Read the resource again and act on what it says."
	case cloud.ErrRateLimited:
		return "Wait retry_after_seconds, then repeat this call."
	case cloud.ErrUnavailable:
		return "Repeat this call in a minute; if it goes on, tell the user that the cloud is not answering."
	case cloud.ErrUnsupported:
		return "list_accounts says what this cloud can do."
	default:
		return "Tell the user what vendor_message says."
	}
}
