package sandbox

import (
	"net/http"
	"strconv"
	"strings"

	"countersign/internal/gpcn"
	"countersign/internal/sandboxkit"
)

// answer is a status and the value that is written as its JSON body.
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

// success is the envelope of every successful response.
type success struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
	Data    any    `json:"data"`
	Meta    any    `json:"meta"`
}

func ok(message string, data any) answer {
	return answer{http.StatusOK, success{Success: true, Message: message, Data: data}}
}

// done is the response to a change without data [inferred]: the vendor's clients ignore
// it.
func done(message string) answer { return ok(message, nil) }

// accepted is the response of an operation that continues as one job, or as several in
// a list.
func accepted(message string, data any) answer {
	return answer{http.StatusAccepted, success{Success: true, Message: message, Data: data}}
}

// jobList is the form of jobs in the responses of creates and of getJobs.
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

// refuse returns an error with the code of its status.
func refuse(status int, message string) answer {
	return answer{status, failure{Message: message, Error: failureCause{Code: codeOf(status), StatusCode: status}}}
}

// coded replaces the code of an error.
func (a answer) coded(code string) answer {
	if body, ok := a.body.(failure); ok {
		body.Error.Code = code
		a.body = body
	}
	return a
}

// invalid returns the error for a request that is not valid; its message lists fields
// and reasons.
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

// unknown returns the error for a resource that this tenant does not have.
func unknown(what string) answer { return refuse(http.StatusNotFound, what+" not found") }

// noRoute returns the error for a route that does not exist, which has its own shape.
func noRoute() answer {
	return answer{http.StatusNotFound, struct {
		Message string `json:"message"`
	}{"Route Not Found"}}
}

// limited returns the error for a rate limit, which has its own shape. The seconds to
// wait are from the header, 1 where there is none.
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
