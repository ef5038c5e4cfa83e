package hostup

import (
	"context"
	"errors"
	"net/url"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// call is an operation with what explains its errors.
type call struct {
	// name is its name in errors.
	name string
	// scope is what the key needs for it; empty where no page names one.
	scope string
	// about is the kind of resource that it is about.
	about subject
}

// subject is a kind of resource; it decides which tool a hint names.
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

// send sends a JSON body, or none where in is nil, and reads the response.
func send[Out any](ctx context.Context, c *Client, k call, method, path string, in any) (Out, error) {
	out, err := rest.Send[Out](ctx, c.rest, k.name, method, path, in)
	return out, k.explain(err)
}

// explain adds the hint to an error. It keeps a hint that is there already, which names
// the source of the key, and does nothing for an error without a response.
func (k call) explain(err error) error {
	var e *cloud.Error
	if errors.As(err, &e) && e.Status >= 300 && e.Hint == "" {
		e.Hint = k.hint(e)
	}
	return err
}
