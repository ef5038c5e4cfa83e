package hostup

import (
	"context"
	"encoding/json"
	"net/http"

	"countersign/internal/cloud"
)

// QueuedAction is the response to an action that is executed later.
type QueuedAction struct {
	Operation Operation `json:"operation"`
}

// Operation is the state of a queued action. It is over when Status is JobCompleted or
// JobFailed; until then its job is polled with GetJob.
type Operation struct {
	Status JobStatus `json:"status"`
	JobID  JobID     `json:"jobId"`
	// PollURL is a path outside /api/v2; null where there is nothing to wait for.
	PollURL *string `json:"pollUrl"`
	// Result is null while the action runs.
	Result json.RawMessage `json:"result"`
}

// Address returns the argument for GetJob: PollURL, or the path with the job's ID where
// the vendor left PollURL out; empty where there is neither.
func (o Operation) Address() string {
	if o.PollURL != nil && *o.PollURL != "" {
		return *o.PollURL
	}
	if o.JobID != "" {
		return jobPath(o.JobID)
	}
	return ""
}

// StartVPS powers a stopped server on. It needs the scope power:vm [inferred].
// Page: named by "post-v2-vps-id-actions-restart" and "get-v2-vps-id" (name only).
//
//api:operation POST /api/v2/vps/{id}/actions/start
func (c *Client) StartVPS(ctx context.Context, id cloud.VMID) (QueuedAction, error) {
	return c.power(ctx, "start VPS", id, "start", nil)
}

// ShutdownVPS asks the guest to power off. It needs the scope power:vm
// [inferred]. Page: named by "post-v2-vps-id-actions-restart" (name only).
//
//api:operation POST /api/v2/vps/{id}/actions/shutdown
func (c *Client) ShutdownVPS(ctx context.Context, id cloud.VMID) (QueuedAction, error) {
	return c.power(ctx, "shut down VPS", id, "shutdown", nil)
}

// StopVPS cuts the power: unsaved data of the guest is lost. It needs the scope
// power:vm [inferred]. Page: named by "post-v2-vps-id-actions-restart" and
// "post-v2-vps-id-actions-resize-disk" (name only).
//
//api:operation POST /api/v2/vps/{id}/actions/stop
func (c *Client) StopVPS(ctx context.Context, id cloud.VMID) (QueuedAction, error) {
	return c.power(ctx, "stop VPS", id, "stop", nil)
}

// VPSRestart is the body of a restart. Force is for a guest that does not respond, and
// loses its unsaved data; false is not sent.
type VPSRestart struct {
	Force bool `json:"force,omitempty"`
}

// RestartVPS reboots the guest. It needs the scope power:vm. Page:
// "post-v2-vps-id-actions-restart" (full).
//
//api:operation POST /api/v2/vps/{id}/actions/restart
func (c *Client) RestartVPS(ctx context.Context, id cloud.VMID, restart VPSRestart) (QueuedAction, error) {
	return c.power(ctx, "restart VPS", id, "restart", restart)
}

// ResetVPS hard-reboots a running server: unsaved data of the guest is lost. It does not
// reinstall anything. It needs the scope power:vm. Page: "post-v2-vps-id-actions-reset"
// (full).
//
//api:operation POST /api/v2/vps/{id}/actions/reset
func (c *Client) ResetVPS(ctx context.Context, id cloud.VMID) (QueuedAction, error) {
	return c.power(ctx, "reset VPS", id, "reset", nil)
}

// power queues one action; body is nil where none is documented.
func (c *Client) power(ctx context.Context, name string, id cloud.VMID, action string, body any) (QueuedAction, error) {
	k := call{name: name, scope: "power:vm", about: aboutVPS}
	return send[QueuedAction](ctx, c, k, http.MethodPost, vpsPath(id, "/actions/"+action), body)
}
