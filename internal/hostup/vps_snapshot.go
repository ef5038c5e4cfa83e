package hostup

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// MaxSnapshotName is the longest name of a snapshot in characters, by page
// "post-v2-vps-id-snapshots".
const MaxSnapshotName = 40

// Snapshot is the state of a server's disk at one time. Paths contain its name.
type Snapshot struct {
	DisplayID   string           `json:"displayId"`
	Name        cloud.SnapshotID `json:"name"`
	Description *string          `json:"description"`
	CreatedAt   *string          `json:"createdAt"` // ISO 8601
	// ExpiresAt is 24 hours after CreatedAt in the sample.
	ExpiresAt           *string           `json:"expiresAt"` // ISO 8601
	IncludesMemoryState bool              `json:"includesMemoryState"`
	ParentName          *cloud.SnapshotID `json:"parentName"`
}

// SnapshotList is all snapshots of a server; it is not paged.
type SnapshotList struct {
	Data   []Snapshot     `json:"data"`
	Limits SnapshotLimits `json:"limits"`
	// Available is whether the server can have any, Reason why not.
	Available *bool   `json:"available"`
	Reason    *string `json:"reason"`
	// Actions are CanCreate and CanRestore.
	Actions Gates `json:"actions,omitempty"`
}

// SnapshotLimits is how many snapshots a server may have.
type SnapshotLimits struct {
	TotalSnapshots Number `json:"totalSnapshots"`
}

// NewSnapshot is the body that takes a snapshot: a name of letters, digits, "_"
// and "-", which becomes its ID.
type NewSnapshot struct {
	Name        string  `json:"name"`
	Description *string `json:"description,omitempty"`
}

// snapshotsOf returns the path of a server's snapshots.
const snapshotsOf = "/snapshots"

// ListVPSSnapshots returns a server's snapshots with its slots and gates. It needs
// the scope read:vm. Page: "get-v2-vps-id-snapshots" (response head).
//
//api:operation GET /api/v2/vps/{id}/snapshots
func (c *Client) ListVPSSnapshots(ctx context.Context, id cloud.VMID) (SnapshotList, error) {
	return get[SnapshotList](ctx, c, readingVPS(listSnapshots), vpsPath(id, snapshotsOf), nil)
}

// CreateVPSSnapshot takes a snapshot. It needs the scope backup:vm. Page:
// "post-v2-vps-id-snapshots" (full).
//
//api:operation POST /api/v2/vps/{id}/snapshots
func (c *Client) CreateVPSSnapshot(ctx context.Context, id cloud.VMID, snapshot NewSnapshot) (QueuedAction, error) {
	k := call{name: createSnapshot, scope: backupScope, about: aboutSnapshots}
	return send[QueuedAction](ctx, c, k, http.MethodPost, vpsPath(id, snapshotsOf), snapshot)
}

// RestoreVPSSnapshot replaces a server's disk with one of its snapshots. It needs the
// scope backup:vm. Page: "post-v2-vps-id-snapshots-snapshotid-actions-restore" (full).
//
//api:operation POST /api/v2/vps/{id}/snapshots/{snapshotId}/actions/restore
func (c *Client) RestoreVPSSnapshot(ctx context.Context, id cloud.VMID, snapshot cloud.SnapshotID) (QueuedAction, error) {
	k := call{name: restoreSnapshot, scope: backupScope, about: aboutSnapshots}
	return send[QueuedAction](ctx, c, k, http.MethodPost, vpsPath(id, snapshotsOf+"/"+rest.ID(snapshot)+"/actions/restore"), nil)
}

// backupScope is the scope for writes of snapshots and backups.
const backupScope = "backup:vm"

// The names of the operations in errors.
const (
	listSnapshots   = "list VPS snapshots"
	createSnapshot  = "create VPS snapshot"
	restoreSnapshot = "restore VPS snapshot"
)
