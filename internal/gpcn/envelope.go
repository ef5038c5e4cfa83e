package gpcn

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"countersign/internal/rest"
)

// envelope wraps every response. Its message is a constant sentence, or missing.
type envelope struct {
	Success *bool           `json:"success"`
	Data    json.RawMessage `json:"data"`
	Meta    json.RawMessage `json:"meta"`
}

// open reads an envelope. It returns an error where success is false, whatever the
// HTTP status is.
func open(body []byte) (envelope, error) {
	e, err := decode[envelope](body)
	if err == nil && e.Success != nil && !*e.Success {
		return e, rest.ErrRefused
	}
	return e, err
}

// result is a response whose data is the requested value.
type result[T any] struct {
	data T
	meta json.RawMessage
}

// ReadBody implements rest.BodyReader. A response without data is an error and not
// an empty value.
func (r *result[T]) ReadBody(body []byte) error {
	e, err := open(body)
	if err != nil {
		return err
	}
	if isNull(e.Data) {
		return errors.New("the answer has no data")
	}
	r.meta = e.Meta
	r.data, err = decode[T](e.Data)
	return err
}

// receipt is a response whose data is not documented: it may be missing, the changed
// resource, or a job.
type receipt struct{ job *Job }

// ReadBody implements rest.BodyReader.
func (r *receipt) ReadBody(body []byte) error {
	if len(body) == 0 {
		return nil
	}
	e, err := open(body)
	if err != nil {
		return err
	}
	if jobs, err := decode[Jobs](e.Data); err == nil {
		r.job = &jobs[0]
	}
	return nil
}

// get reads a resource.
func get[T any](ctx context.Context, c *Client, operation, path string, query url.Values) (T, error) {
	r, err := rest.Get[result[T]](ctx, c.rest, operation, path, query)
	return r.data, explain(err, path)
}

// list reads a page of a list.
func list[T any](ctx context.Context, c *Client, operation, path string, query url.Values) (List[T], error) {
	r, err := rest.Get[result[[]T]](ctx, c.rest, operation, path, query)
	if err != nil {
		return List[T]{}, explain(err, path)
	}
	out := List[T]{Items: r.data}
	if meta, err := decode[Meta](r.meta); err == nil {
		out.Meta = &meta
	}
	return out, nil
}

// send sends a write and reads the documented data of its response.
func send[T any](ctx context.Context, c *Client, operation, method, path string, in any) (T, error) {
	r, err := rest.Send[result[T]](ctx, c.rest, operation, method, path, in)
	return r.data, explain(err, path)
}

// ask sends a read that has a request body.
func ask[T any](ctx context.Context, c *Client, operation, method, path string, in any) (T, error) {
	r, err := rest.Ask[result[T]](ctx, c.rest, operation, method, path, in)
	return r.data, explain(err, path)
}

// tell sends a write whose response is not documented. It returns the job in the
// response, or nil where there is none.
func tell(ctx context.Context, c *Client, operation, method, path string, in any) (*Job, error) {
	r, err := rest.Send[receipt](ctx, c.rest, operation, method, path, in)
	return r.job, explain(err, path)
}
