package hostup

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// CancelType is when a cancelled server ends.
type CancelType string

// The types that page "post-v2-vps-id-actions-cancel" lists. The default is not
// documented, so one is always sent.
const (
	CancelImmediately CancelType = "immediate"
	CancelAtPeriodEnd CancelType = "end_of_period"
)

// MaxCancelReason is the longest reason in characters, by page
// "post-v2-vps-id-actions-cancel".
const MaxCancelReason = 500

// Cancel is the body of a cancellation. The reason is not empty; with the reason
// "other", OtherReason says more.
type Cancel struct {
	Reason      string     `json:"reason,omitempty"`
	CancelType  CancelType `json:"cancelType"`
	OtherReason string     `json:"otherReason,omitempty"`
}

// CancelAnswer is the known part of the response to a cancellation.
// GetVPSCancellation returns its outcome.
type CancelAnswer struct {
	// CancellationLookupPending is true where it was accepted and cannot be read yet.
	CancellationLookupPending bool `json:"cancellationLookupPending"`
}

// CancelVPS ends a server: immediately, which loses its data, or at the end of the paid
// period. No source shows an operation that deletes a pay-as-you-go server; that this
// ends its billing is [inferred]. It needs the scope write:billing. Page:
// "post-v2-vps-id-actions-cancel" (request full).
//
//api:operation POST /api/v2/vps/{id}/actions/cancel
func (c *Client) CancelVPS(ctx context.Context, id cloud.VMID, cancel Cancel) (CancelAnswer, error) {
	k := call{name: "cancel VPS", scope: "write:billing", about: aboutVPS}
	return send[CancelAnswer](ctx, c, k, http.MethodPost, vpsPath(id, "/actions/cancel"), cancel)
}

// CancellationStatus is the state of a cancellation. Words that are not listed here are
// kept.
type CancellationStatus string

// The states that page "get-v2-vps-id-cancellation" lists.
const (
	CancellationNone      CancellationStatus = "none"
	CancellationPending   CancellationStatus = "pending"
	CancellationScheduled CancellationStatus = "scheduled"
	CancellationCompleted CancellationStatus = "completed"
	CancellationRevoked   CancellationStatus = "revoked"
)

// Cancellation is the cancellation of a server.
type Cancellation struct {
	VPSID       cloud.VMID         `json:"vpsId,omitempty"`
	Status      CancellationStatus `json:"status"`
	CancelledAt *string            `json:"cancelledAt"` // ISO 8601
	ScheduledAt *string            `json:"scheduledAt"` // ISO 8601
	Reason      *string            `json:"reason"`
	CancelType  *CancelType        `json:"cancelType"`
	// Revokable is true where RevokeVPSCancellation is possible.
	Revokable bool `json:"revokable"`
	// CancelledPendingOrder is sent only where the server was an unpaid order.
	CancelledPendingOrder *bool `json:"cancelledPendingOrder,omitempty"`
}

// vpsCancellation is the path of a server's cancellation.
const vpsCancellation = "/cancellation"

// GetVPSCancellation returns a server's cancellation; its status is none where there is
// none. It needs the scope read:vm. Page: "get-v2-vps-id-cancellation" (full).
//
//api:operation GET /api/v2/vps/{id}/cancellation
func (c *Client) GetVPSCancellation(ctx context.Context, id cloud.VMID) (Cancellation, error) {
	return get[Cancellation](ctx, c, readingVPS("get VPS cancellation"), vpsPath(id, vpsCancellation), nil)
}

// RevokeVPSCancellation revokes a revokable cancellation. No source shows its scope and
// its response. Page: named by "get-v2-vps-id-cancellation" (name only).
//
//api:operation DELETE /api/v2/vps/{id}/cancellation
func (c *Client) RevokeVPSCancellation(ctx context.Context, id cloud.VMID) error {
	k := call{name: "revoke VPS cancellation", about: aboutVPS}
	_, err := send[rest.Nothing](ctx, c, k, http.MethodDelete, vpsPath(id, vpsCancellation), nil)
	return err
}

// AccountCancellations are the cancellations of all services of an account, in one page.
type AccountCancellations struct {
	Cancellations []AccountCancellation `json:"cancellations"`
}

// AccountCancellation is one of them: of the type vps with VPSID, or shared_hosting
// with AccountID.
type AccountCancellation struct {
	Type         string       `json:"type"`
	VPSID        cloud.VMID   `json:"vpsId,omitempty"`
	AccountID    string       `json:"accountId,omitempty"`
	Cancellation Cancellation `json:"cancellation"`
}

// ListCancellations returns the cancellations of all services. It needs the scope
// read:services. Page: "get-v2-cancellations" (full).
//
//api:operation GET /api/v2/cancellations
func (c *Client) ListCancellations(ctx context.Context) (AccountCancellations, error) {
	k := call{name: listCancellations, scope: "read:services", about: aboutAccount}
	return get[AccountCancellations](ctx, c, k, "/api/v2/cancellations", nil)
}

const listCancellations = "list cancellations"
