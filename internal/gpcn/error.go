package gpcn

import (
	"encoding/json"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// ErrorBody is an error body in any of the shapes that the vendor's sources show:
// the error may be an object, a code as text, or missing. A route that does not
// exist returns a message and nothing else.
type ErrorBody struct {
	Success bool        `json:"success"`
	Message string      `json:"message"`
	Error   ErrorDetail `json:"error"`
	// RequestID is not documented [inferred].
	RequestID string `json:"requestId"`
}

// ErrorDetail is the error of an ErrorBody.
type ErrorDetail struct {
	// Code is a code such as VPC_NOT_EMPTY or a title such as "Validation Error".
	Code       string `json:"code"`
	StatusCode int    `json:"statusCode"`
	// Message and RetryAfter, in seconds, are sent when a rate limit is reached.
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
	whole, _ := decode[object](raw) // any other value is an empty detail
	*d = ErrorDetail(whole)
	return nil
}

// field joins a path such as ["networkInterfaces",0] to networkInterfaces.0.
func (i ErrorIssue) field() string {
	if parts, err := decode[[]string](i.Path); err == nil {
		return strings.Join(parts, ".")
	}
	text, _ := decode[string](i.Path) // empty where there is no path
	return text
}

// routeNotFound is the message of a route that does not exist.
const routeNotFound = "Route Not Found"

// maxWait caps the delay that an error body may ask for.
const maxWait = 24 * time.Hour

// decodeError fills e from as much of an error body as it can read. A body that is
// not JSON, such as a proxy's page, changes nothing, and a member of an unexpected
// type does not cost the others.
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

// kindOf returns the kind of e, refined where the HTTP status alone is too vague or
// contradicts the body.
func kindOf(e *cloud.Error, stated int) cloud.ErrorKind {
	switch {
	case e.Status < 300 && stated >= 400: // an error in the body of a success
		return rest.KindOf(stated)
	case e.Kind == cloud.ErrUnknownID && strings.EqualFold(strings.TrimSpace(e.Message), routeNotFound):
		return cloud.ErrUnsupported
	case e.Code == ProviderUnavailable:
		return cloud.ErrUnavailable
	}
	return e.Kind
}
