package hostup

import (
	"encoding/json"
	"net/http"

	"countersign/internal/cloud"
)

// Problem is an error body: an RFC 7807 document, as page "Rename VPS SSH key"
// lists it for every status above 200.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail is for people; Code is stable and the one to branch on.
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	Instance  string `json:"instance"`
	RequestID string `json:"requestId"`
	Timestamp string `json:"timestamp"`
	// Errors are the wrong fields of an invalid_request.
	Errors     []ProblemIssue  `json:"errors,omitempty"`
	Extensions json.RawMessage `json:"extensions,omitempty"`
}

// ProblemIssue is one wrong field; Pointer is a JSON pointer into the body.
type ProblemIssue struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
	Code    string `json:"code"`
}

// decodeProblem reads an error body as far as it goes: a field of another type
// than documented is left out and costs none of the others.
func decodeProblem(body []byte, e *cloud.Error) {
	var p Problem
	_ = json.Unmarshal(body, &p)
	e.Message = p.Detail
	if e.Message == "" {
		e.Message = p.Title
	}
	e.Code = p.Code
	e.RequestID = p.RequestID
	for _, issue := range p.Errors {
		e.Issues = append(e.Issues, cloud.Issue{Field: issue.Pointer, Message: issue.Detail, Code: issue.Code})
	}
	e.Kind = kindOf(e.Status, p.Code, e.Kind)
	e.Hint = hintFor(e.Kind)
}

// kindOf refines the kind by the vendor's code where the status says too little.
// The statuses that the pages list keep their meaning whatever the code is. The
// codes are those of the error index (pages "upstream_failed", "rate_limited"…).
func kindOf(status int, code string, byStatus cloud.ErrorKind) cloud.ErrorKind {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
		http.StatusNotFound, http.StatusTooManyRequests, http.StatusInternalServerError:
		return byStatus
	}
	switch code {
	case "invalid_request":
		return cloud.ErrInvalid
	case "unauthorized":
		return cloud.ErrUnauthorized
	case "forbidden", "account_inactive":
		return cloud.ErrForbidden
	case "rate_limited", "rate_limit_exceeded":
		return cloud.ErrRateLimited
	case "upstream_failed", "upstream_unavailable":
		return cloud.ErrUnavailable
	}
	return byStatus
}

// hintFor is the next right step after a refusal of one kind.
func hintFor(kind cloud.ErrorKind) string {
	switch kind {
	case cloud.ErrInvalid:
		return "Correct the fields that are named and call again; if none is named, the message says what is wrong."
	case cloud.ErrUnauthorized:
		return "HostUp did not accept the API key of this account. Ask the user to check it: it may be missing, mistyped or expired. Repeating the call does not help."
	case cloud.ErrForbidden:
		return "The API key lacks a scope: renaming an SSH key needs write:account, listing SSH keys needs read:vm. Ask the user for a key that has it. Repeating the call does not help."
	case cloud.ErrUnknownID:
		return "Take the exact ID from list_ssh_keys of this account. HostUp answers the same for a key of another account."
	case cloud.ErrBlocked:
		return "HostUp does not allow it now. can_rename in list_ssh_keys says why; tell the user."
	case cloud.ErrRateLimited:
		return "Wait for retry_after_seconds, or a minute if there is none, before the next call to this account."
	case cloud.ErrUnavailable:
		return "HostUp failed on its side. Read the state with list_ssh_keys before trying again; if it lasts, the user should contact HostUp's support with the request ID."
	}
	return ""
}
