package hostup

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"countersign/internal/cloud"
)

// Problem is an error body: an RFC 7807 document, which page "Rename VPS SSH key" lists
// for every status above 200.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail is for people; Code is stable and for programs.
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	Instance  string `json:"instance"`
	RequestID string `json:"requestId"`
	Timestamp string `json:"timestamp"`
	// Errors are the wrong fields of an invalid_request.
	Errors     []ProblemIssue  `json:"errors,omitempty"`
	Extensions json.RawMessage `json:"extensions,omitempty"`
	// BlockerReasons are why the account cannot buy. Page
	// "post-v2-vps-id-actions-convert-to-cloud" has them beside the standard members,
	// not in the extensions.
	BlockerReasons []string `json:"blockerReasons,omitempty"`
	// Actions are closed gates, by page "post-v2-vps-id-actions-add-disk" beside the
	// standard members too.
	Actions Gates `json:"actions,omitempty"`
}

// ProblemIssue is one wrong field; Pointer is a JSON pointer into the body.
type ProblemIssue struct {
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
	Code    string `json:"code"`
}

// blockers returns the reasons from both places; a code that is itself a reason counts
// too.
func (p Problem) blockers() []string {
	var within struct {
		BlockerReasons []string `json:"blockerReasons"`
	}
	// Extensions in another form have no reasons.
	_ = json.Unmarshal(p.Extensions, &within)
	reasons := slices.Concat(p.BlockerReasons, within.BlockerReasons)
	if blocker(p.Code) != "" && !slices.Contains(reasons, p.Code) {
		reasons = append(reasons, p.Code)
	}
	return reasons
}

// decodeProblem fills e from as much of an error body as it can read. A field of an
// unexpected type is left out and does not cost the others.
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
	blocked := append(blockerIssues(p.blockers()), closedGates(p.Actions)...)
	e.Issues = append(e.Issues, blocked...)
	e.Kind = kindOf(e.Status, p.Code, e.Kind)
	if e.Kind == cloud.ErrForbidden && len(blocked) > 0 {
		// The key has the permission, but the account is blocked.
		e.Kind = cloud.ErrBlocked
	}
	if e.RetryAfter == 0 && e.Kind == cloud.ErrRateLimited {
		e.RetryAfter = waitIn(body)
	}
}

// maxWait caps the delay that an error body may ask for.
const maxWait = 24 * time.Hour

// waitIn returns the delay in an error body of the API before v2, which has seconds as a
// text; 0 where there is none.
func waitIn(body []byte) time.Duration {
	var p struct {
		RetryAfter Number `json:"retryAfter"`
	}
	_ = json.Unmarshal(body, &p) // a body in another form has no delay
	seconds, ok := p.RetryAfter.Int()
	if !ok {
		return 0
	}
	return time.Duration(min(max(seconds, 0), int(maxWait/time.Second))) * time.Second
}

// closedGates returns the closed gates as issues.
func closedGates(gates Gates) []cloud.Issue {
	var out []cloud.Issue
	for _, name := range slices.Sorted(maps.Keys(gates)) {
		gate := gates[name]
		if gate.Allowed {
			continue
		}
		issue := cloud.Issue{Field: "actions." + string(name)}
		if gate.Reason != nil {
			issue.Message = *gate.Reason
		}
		if gate.Code != nil {
			issue.Code = *gate.Code
		}
		out = append(out, issue)
	}
	return out
}

// kindOf refines the kind by the vendor's code where the status is too vague. The
// documented statuses keep their meaning whatever the code is, unless the code blames a
// system behind HostUp: then a write may have been executed. The codes are from the
// error index (pages "upstream_failed", "rate_limited"…).
func kindOf(status int, code string, byStatus cloud.ErrorKind) cloud.ErrorKind {
	if strings.HasPrefix(code, "upstream_") || code == "external_provider_failed" {
		return cloud.ErrUnavailable
	}
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
	case "forbidden", accountInactive:
		return cloud.ErrForbidden
	case "vps_not_found":
		return cloud.ErrUnknownID
	case "rate_limited", "rate_limit_exceeded":
		return cloud.ErrRateLimited
	}
	return byStatus
}
