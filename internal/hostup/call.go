package hostup

import (
	"context"
	"errors"
	"net/url"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// call names an operation and holds what its refusals are explained with.
type call struct {
	// name is what error messages call it.
	name string
	// scope is what the key needs for it; empty where no page was seen to say so.
	scope string
	// about is where its IDs and its state are read.
	about subject
}

// subject is what an operation is about, by the tool that lists it.
type subject string

const (
	aboutKeys      subject = "list_ssh_keys"
	aboutVPS       subject = "list_vms"
	aboutSnapshots subject = "list_snapshots"
	aboutBackups   subject = "list_backups"
	aboutJobs      subject = "jobs"
	aboutAccount   subject = ""
)

// get reads a resource.
func get[Out any](ctx context.Context, c *Client, k call, path string, query url.Values) (Out, error) {
	out, err := rest.Get[Out](ctx, c.rest, k.name, path, query)
	return out, k.explain(err)
}

// send writes a JSON body, or none where in is nil, and reads the answer.
func send[Out any](ctx context.Context, c *Client, k call, method, path string, in any) (Out, error) {
	out, err := rest.Send[Out](ctx, c.rest, k.name, method, path, in)
	return out, k.explain(err)
}

// explain adds to a refusal what to do next. A hint that is there already names
// where the key comes from, and stays; without an answer there is nothing to
// explain.
func (k call) explain(err error) error {
	var e *cloud.Error
	if errors.As(err, &e) && e.Status >= 300 && e.Hint == "" {
		e.Hint = k.hint(e)
	}
	return err
}
