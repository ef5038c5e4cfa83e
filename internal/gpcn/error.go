package gpcn

import (
	"encoding/json"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// ErrorBody is an error body in any of the shapes that the vendor's sources
// show: the error may be an object, a code as text, or missing, and a route that
// does not exist answers a message and nothing else.
type ErrorBody struct {
	Success bool        `json:"success"`
	Message string      `json:"message"`
	Error   ErrorDetail `json:"error"`
	// RequestID is not documented; it is read where there is one [inferred].
	RequestID string `json:"requestId"`
}

// ErrorDetail is the error of an ErrorBody.
type ErrorDetail struct {
	// Code is a code such as VPC_NOT_EMPTY or a title such as "Validation Error".
	Code       string `json:"code"`
	StatusCode int    `json:"statusCode"`
	// Message and RetryAfter, in seconds, are told when a limit is reached.
	Message    string       `json:"message"`
	RetryAfter int          `json:"retryAfter"`
	Details    ErrorDetails `json:"details"`
}

// ErrorDetails holds the wrong fields of a request that is not valid.
type ErrorDetails struct {
	Issues []ErrorIssue `json:"issues"`
}

// ErrorIssue is one wrong field; its path is a text or a list of names and
// indexes.
type ErrorIssue struct {
	Path    json.RawMessage `json:"path"`
	Message string          `json:"message"`
	Code    string          `json:"code"`
}

// UnmarshalJSON reads an object, or a text, which is the code.
func (d *ErrorDetail) UnmarshalJSON(raw []byte) error {
	type object ErrorDetail
	if code, err := decode[string](raw); err == nil {
		*d = ErrorDetail{Code: code}
		return nil
	}
	whole, _ := decode[object](raw) // what is neither says nothing
	*d = ErrorDetail(whole)
	return nil
}

// field joins a path such as ["networkInterfaces",0] to networkInterfaces.0.
func (i ErrorIssue) field() string {
	if parts, err := decode[[]string](i.Path); err == nil {
		return strings.Join(parts, ".")
	}
	text, _ := decode[string](i.Path) // no path is an empty one
	return text
}

// routeNotFound is the message of a route that does not exist.
const routeNotFound = "Route Not Found"

// maxWait caps what a body may ask an agent to wait.
const maxWait = 24 * time.Hour

// decodeError reads an error body as far as it goes: a page of a proxy leaves e
// alone, and a member of another type than documented costs none of the others.
func decodeError(body []byte, e *cloud.Error) {
	b, err := decode[ErrorBody](body)
	if err != nil {
		return
	}
	e.Message = b.Message
	if e.Message == "" {
		e.Message = b.Error.Message
	}
	e.Code = b.Error.Code
	e.RequestID = b.RequestID
	for _, issue := range b.Error.Details.Issues {
		e.Issues = append(e.Issues, cloud.Issue{Field: issue.field(), Message: issue.Message, Code: issue.Code})
	}
	if e.RetryAfter == 0 {
		e.RetryAfter = time.Duration(min(max(b.Error.RetryAfter, 0), int(maxWait/time.Second))) * time.Second
	}
	e.Kind = kindOf(e, b.Error.StatusCode)
}

// kindOf refines the kind where the status says too little or something else.
func kindOf(e *cloud.Error, stated int) cloud.ErrorKind {
	switch {
	case e.Status < 300 && stated >= 400: // a refusal that came as a success
		return rest.KindOf(stated)
	case e.Kind == cloud.ErrUnknownID && strings.EqualFold(strings.TrimSpace(e.Message), routeNotFound):
		return cloud.ErrUnsupported
	case e.Code == ProviderUnavailable:
		return cloud.ErrUnavailable
	}
	return e.Kind
}
