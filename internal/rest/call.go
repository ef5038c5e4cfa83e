package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"countersign/internal/cloud"
)

// Get reads a resource. The operation is its name in error messages, such as
// "list VMs"; the path starts with a slash, and IDs in it are escaped.
func Get[Out any](ctx context.Context, c *Client, operation, path string, query url.Values) (Out, error) {
	return call[Out](ctx, c, request{operation: operation, method: http.MethodGet, path: path, query: query, reads: true})
}

// Send sends a write with a JSON body and reads the response. The error is an Ambiguous
// *cloud.Error where the vendor may have carried out the write.
func Send[Out any](ctx context.Context, c *Client, operation, method, path string, in any) (Out, error) {
	return call[Out](ctx, c, request{operation: operation, method: method, path: path, in: in})
}

// BodyReader is a response type that reads the body of a success itself, an empty body
// included. Other types are decoded as JSON.
type BodyReader interface {
	// ReadBody returns ErrRefused where the body reports an error in spite of its status.
	ReadBody(body []byte) error
}

// ErrRefused says that a response with a status of success has an error as its body.
var ErrRefused = errors.New("refused in a success")

// Nothing is the response type of calls whose body is not needed.
type Nothing struct{}

// ReadBody implements BodyReader and accepts any body.
func (*Nothing) ReadBody([]byte) error { return nil }

// ID escapes an ID for a path.
func ID[T ~string](id T) string { return url.PathEscape(string(id)) }

// Ask reads a resource for which a vendor wants a request body. It changes nothing,
// whatever its method, so it is retried like any read.
func Ask[Out any](ctx context.Context, c *Client, operation, method, path string, in any) (Out, error) {
	return call[Out](ctx, c, request{operation: operation, method: method, path: path, in: in, reads: true})
}

// request is one call, which may be attempted several times.
type request struct {
	operation, method, path string
	query                   url.Values
	in                      any
	// reads says that the request changes nothing, so that it may be sent again.
	reads bool
}

// call sends a request until it succeeds, a retry would not help or the time of the
// call is used up. Only reads are sent more than once.
func call[Out any](ctx context.Context, c *Client, r request) (Out, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.budget())
	defer cancel()
	for attempt := 0; ; attempt++ {
		out, failure := once[Out](ctx, c, r, attempt)
		if failure == nil {
			return out, nil
		}
		wait, again := c.again(r, attempt, failure)
		if !again || !pause(ctx, wait) {
			return out, c.fail(r.operation, failure)
		}
	}
}

// once sends a request once, or not at all while the vendor counts as down.
func once[Out any](ctx context.Context, c *Client, r request, attempt int) (out Out, failure *cloud.Error) {
	leave, failure := c.enter(ctx)
	if failure != nil {
		return out, failure
	}
	defer leave()
	settle, failure := c.outage.allow()
	if failure != nil {
		return out, failure
	}
	// Deferred for a panic: if the result of a probe were never reported, the breaker
	// would refuse all requests for ever.
	defer func() { settle(ctx, failure) }()
	out, failure = send[Out](ctx, c, r, attempt)
	return out, failure
}

func send[Out any](ctx context.Context, c *Client, r request, attempt int) (out Out, failure *cloud.Error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()

	req, key, failure := c.request(ctx, r)
	if failure != nil {
		return out, failure
	}
	ctx, seen := c.observe(ctx, r, attempt)
	// Deferred for a panic of a vendor's decoder.
	defer func() { seen.end(failure) }()
	write := !r.reads
	// A write can only have been carried out if there was a connection.
	var connected atomic.Bool
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	resp, err := c.http.Do(req)
	if err != nil {
		return out, unanswered(err, write && connected.Load())
	}
	defer func() { _ = resp.Body.Close() }()
	seen.answered(resp)

	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case resp.StatusCode >= 300:
		// The status decides; the body may be incomplete.
		return out, c.refused(resp, body, write, secretsOf(key, r.in))
	case err != nil:
		return out, unreadable(resp, "the answer was cut off", err, write)
	case len(body) > maxBody:
		return out, unreadable(resp, "the answer is larger than 8 MiB", nil, write)
	case tooDeep(body):
		return out, unreadable(resp, "the answer is nested too deeply", nil, write)
	}
	switch err := readBody(body, &out); {
	case errors.Is(err, ErrRefused):
		return out, c.refused(resp, body, write, secretsOf(key, r.in))
	case err != nil:
		return out, unreadable(resp, "the answer is not the JSON that is documented", err, write)
	}
	return out, nil
}

func readBody(body []byte, out any) error {
	if reader, ok := out.(BodyReader); ok {
		return reader.ReadBody(body)
	}
	return json.Unmarshal(body, out)
}

// request returns the HTTP request of a call and the key in it.
func (c *Client) request(ctx context.Context, r request) (*http.Request, cloud.Secret, *cloud.Error) {
	none := cloud.Secret{}
	var body io.Reader
	if r.in != nil {
		raw, err := encode(r.in)
		if err != nil {
			return nil, none, &cloud.Error{Kind: cloud.ErrInvalid, Message: "the request could not be encoded", Err: err}
		}
		body = bytes.NewReader(raw)
	}
	target := c.base.String() + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, none, &cloud.Error{Kind: cloud.ErrInvalid, Message: "the request could not be made", Err: err}
	}
	key, err := c.opts.Credential(ctx)
	if err != nil {
		return nil, none, &cloud.Error{Kind: cloud.ErrUnauthorized, Message: cloud.CleanText(err.Error()), Err: err}
	}
	if key.IsZero() {
		return nil, none, &cloud.Error{Kind: cloud.ErrUnauthorized, Message: "there is no key for this account"}
	}
	c.opts.Authorize(req.Header, key)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "countersign/"+c.opts.Version)
	if r.in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, key, nil
}

// encode writes JSON without escaping <, > and &, as in the vendors' documentation.
func encode(in any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(in); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// fail sets the account and the operation of an error. For a key that was not accepted,
// its hint names the variable that the key comes from.
func (c *Client) fail(operation string, e *cloud.Error) *cloud.Error {
	e.Account = c.opts.Account
	e.Operation = operation
	if e.Kind == cloud.ErrUnauthorized && c.opts.KeyName != "" {
		e.Hint = "Ask the user to check the key of this account: it comes from " + c.opts.KeyName + ". Repeating the call does not help."
	}
	return e
}

// unanswered returns the error of a request without a response. It is ambiguous where
// sent says that a write may have been sent.
func unanswered(err error, sent bool) *cloud.Error {
	e := &cloud.Error{Kind: cloud.ErrUnavailable, Message: "no answer", Err: err, Ambiguous: sent}
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		e.Message = "the host name could not be resolved"
	case errors.As(err, &op) && op.Op == "dial":
		e.Message = "no connection could be made"
	case errors.Is(err, errRedirect):
		e.Message = "the host answered with a redirect that was refused"
	case errors.Is(err, context.DeadlineExceeded):
		e.Message = "no answer within the time allowed"
	case errors.Is(err, context.Canceled):
		e.Message = "the call was cancelled before an answer came"
	}
	return e
}

// unreadable returns the error of a success whose body cannot be read. A write is
// ambiguous then: it was most likely carried out.
func unreadable(resp *http.Response, message string, err error, write bool) *cloud.Error {
	return &cloud.Error{
		Kind: cloud.ErrUnavailable, Status: resp.StatusCode, Message: message, Err: err, Ambiguous: write,
	}
}

// refused reads an error response. A write is ambiguous after a 5xx, after an error of
// the kind ErrUnavailable, and after an error of unknown kind in a response with a
// status of success.
func (c *Client) refused(resp *http.Response, body []byte, write bool, secrets hidden) *cloud.Error {
	e := &cloud.Error{
		Kind:       KindOf(resp.StatusCode),
		Status:     resp.StatusCode,
		RetryAfter: retryAfter(resp.StatusCode, resp.Header),
	}
	c.opts.DecodeError(body, e)
	e.Ambiguous = write && (resp.StatusCode >= 500 || e.Kind == cloud.ErrUnavailable ||
		resp.StatusCode < 300 && e.Kind == cloud.ErrVendor)
	e.Message = secrets.safe(e.Message)
	e.Code = secrets.safe(e.Code)
	e.RequestID = secrets.safe(e.RequestID)
	for i, issue := range e.Issues {
		e.Issues[i] = cloud.Issue{
			Field: secrets.safe(issue.Field), Message: secrets.safe(issue.Message), Code: secrets.safe(issue.Code),
		}
	}
	if e.Message == "" {
		e.Message = fmt.Sprintf("HTTP %d %s, without a reason that could be read", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return e
}

// KindOf returns the kind of failure of an HTTP status; ErrVendor where the status does
// not say.
func KindOf(status int) cloud.ErrorKind {
	switch {
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity:
		return cloud.ErrInvalid
	case status == http.StatusUnauthorized:
		return cloud.ErrUnauthorized
	case status == http.StatusForbidden:
		return cloud.ErrForbidden
	case status == http.StatusNotFound:
		return cloud.ErrUnknownID
	case status == http.StatusConflict:
		return cloud.ErrBlocked
	case status == http.StatusTooManyRequests:
		return cloud.ErrRateLimited
	case status >= 500:
		return cloud.ErrUnavailable
	}
	return cloud.ErrVendor
}
