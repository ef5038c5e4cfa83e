package sandbox

import (
	"net/http"
	"strconv"
	"strings"

	"countersign/internal/gpcn"
	"countersign/internal/sandboxkit"
)

// answer is a status and what is written as its JSON.
type answer struct {
	status int
	body   any
}

func (a answer) write(w http.ResponseWriter) {
	if a.status == http.StatusNoContent {
		w.WriteHeader(a.status)
		return
	}
	sandboxkit.WriteJSON(w, a.status, a.body)
}

// success is the envelope of everything that went well.
type success struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
	Data    any    `json:"data"`
	Meta    any    `json:"meta"`
}

func ok(message string, data any) answer {
	return answer{http.StatusOK, success{Success: true, Message: message, Data: data}}
}

// done answers a change that says nothing more; the vendor's clients ignore what
// comes back, and what that is [inferred].
func done(message string) answer { return ok(message, nil) }

// accepted answers an operation that goes on as one job, or as several in a
// list.
func accepted(message string, data any) answer {
	return answer{http.StatusAccepted, success{Success: true, Message: message, Data: data}}
}

// jobList is how jobs come from creates and from a reading of jobs.
type jobList struct {
	Jobs []gpcn.Job `json:"jobs"`
}

// failure is the main shape of an error body.
type failure struct {
	Success bool         `json:"success"`
	Message string       `json:"message"`
	Error   failureCause `json:"error"`
}

type failureCause struct {
	Code       string          `json:"code"`
	StatusCode int             `json:"statusCode"`
	Details    *failureDetails `json:"details"`
}

type failureDetails struct {
	Issues []issue `json:"issues"`
}

// issue is a wrong field: a path such as networkInterfaces.0.networkId.
type issue struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// refuse answers an error with the code that goes with its status.
func refuse(status int, message string) answer {
	return answer{status, failure{Message: message, Error: failureCause{Code: codeOf(status), StatusCode: status}}}
}

// coded gives a refusal another code.
func (a answer) coded(code string) answer {
	if body, ok := a.body.(failure); ok {
		body.Error.Code = code
		a.body = body
	}
	return a
}

// invalid answers that a request is not valid; the message lists field and
// reason.
func invalid(issues ...issue) answer {
	var lines []string
	for _, i := range issues {
		lines = append(lines, i.Path+": "+i.Message)
	}
	a := refuse(http.StatusBadRequest, strings.Join(lines, ", "))
	if body, ok := a.body.(failure); ok {
		body.Error.Details = &failureDetails{issues}
		a.body = body
	}
	return a
}

// codeOf is the code of a status. Those of 400, 401, 403 and 429 were seen, the
// others are [inferred].
func codeOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "Validation Error"
	case http.StatusUnauthorized:
		return "Authentication Failed"
	case http.StatusForbidden:
		return "Insufficient Permissions"
	case http.StatusTooManyRequests:
		return "Rate Limited"
	}
	return http.StatusText(status)
}

// unknown answers that there is no such thing in this tenant.
func unknown(what string) answer { return refuse(http.StatusNotFound, what+" not found") }

// noRoute answers that there is no such route, in a shape of its own.
func noRoute() answer {
	return answer{http.StatusNotFound, struct {
		Message string `json:"message"`
	}{"Route Not Found"}}
}

// limited answers that a limit is reached, in a shape of its own. The seconds to
// wait are those of the header, 1 where it has none.
func limited(h http.Header, message string) answer {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil {
		seconds = 1
		h.Set("Retry-After", "1")
	}
	type cause struct {
		Code       string `json:"code"`
		Message    string `json:"message"`
		RetryAfter int    `json:"retryAfter"`
	}
	return answer{http.StatusTooManyRequests, struct {
		Success bool  `json:"success"`
		Error   cause `json:"error"`
	}{Error: cause{codeOf(http.StatusTooManyRequests), message, seconds}}}
}
