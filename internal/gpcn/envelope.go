package gpcn

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"countersign/internal/rest"
)

// envelope is what every answer is wrapped in. The message is a constant
// sentence, or missing.
type envelope struct {
	Success *bool           `json:"success"`
	Data    json.RawMessage `json:"data"`
	Meta    json.RawMessage `json:"meta"`
}

// open reads an envelope; one that says success false is refused whatever the
// status was.
func open(body []byte) (envelope, error) {
	e, err := decode[envelope](body)
	if err == nil && e.Success != nil && !*e.Success {
		return e, rest.ErrRefused
	}
	return e, err
}

// result is an answer whose data is what was asked for.
type result[T any] struct {
	data T
	meta json.RawMessage
}

// ReadBody implements rest.BodyReader. An answer without data is not an empty
// answer, and is an error.
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

// receipt is an answer whose data is not documented: nothing, the thing that
// changed, or a job.
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

// send writes and reads what is documented to come back.
func send[T any](ctx context.Context, c *Client, operation, method, path string, in any) (T, error) {
	r, err := rest.Send[result[T]](ctx, c.rest, operation, method, path, in)
	return r.data, explain(err, path)
}

// ask reads what is asked for with a body.
func ask[T any](ctx context.Context, c *Client, operation, method, path string, in any) (T, error) {
	r, err := rest.Ask[result[T]](ctx, c.rest, operation, method, path, in)
	return r.data, explain(err, path)
}

// tell writes where no answer is documented; the job is nil where there is none.
func tell(ctx context.Context, c *Client, operation, method, path string, in any) (*Job, error) {
	r, err := rest.Send[receipt](ctx, c.rest, operation, method, path, in)
	return r.job, explain(err, path)
}
