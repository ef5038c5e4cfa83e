package hostup

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// Backup is a copy of a server's disk on other storage.
type Backup struct {
	ID cloud.BackupID `json:"id"`
	// DisplayID and StorageKey look like names of files.
	DisplayID  string  `json:"displayId"`
	StorageKey string  `json:"storageKey"`
	CreatedAt  *string `json:"createdAt"` // ISO 8601
	SizeGB     Number  `json:"sizeGb"`
	// BackupType is manual in the sample.
	BackupType string  `json:"backupType"`
	Note       *string `json:"note"`
}

// BackupList is all backups of a server; it is not paged.
type BackupList struct {
	Backups   []Backup    `json:"backups"`
	QuotaInfo BackupQuota `json:"quotaInfo"`
	// Actions are CanCreateBackup, CanRestore and CanRestoreFromAnotherVPS. They
	// reflect status, quota, permission and running jobs.
	Actions Gates `json:"actions,omitempty"`
}

// BackupQuota is how many backups a server has, may have, and has left; the last
// two may be null.
type BackupQuota struct {
	Used      Number `json:"used"`
	Limit     Number `json:"limit"`
	Remaining Number `json:"remaining"`
}

// NewBackup is the body that makes a backup.
type NewBackup struct {
	Note string `json:"note,omitempty"`
}

// BackupSource is the body that restores a backup of another server.
type BackupSource struct {
	SourceVPSID cloud.VMID     `json:"sourceVpsId"`
	BackupID    cloud.BackupID `json:"backupId"`
}

// backupsOf returns the path of a server's backups.
const backupsOf = "/backups"

// ListVPSBackups returns a server's backups with its quota and gates. It needs the
// scope read:vm. Page: "get-v2-vps-id-backups" (near full).
//
//api:operation GET /api/v2/vps/{id}/backups
func (c *Client) ListVPSBackups(ctx context.Context, id cloud.VMID) (BackupList, error) {
	return get[BackupList](ctx, c, readingVPS(listBackups), vpsPath(id, backupsOf), nil)
}

// CreateVPSBackup makes a backup, which takes one slot of the quota. It needs the
// scope backup:vm. Page: "post-v2-vps-id-backups" (full).
//
//api:operation POST /api/v2/vps/{id}/backups
func (c *Client) CreateVPSBackup(ctx context.Context, id cloud.VMID, backup NewBackup) (QueuedAction, error) {
	k := call{name: createBackup, scope: backupScope, about: aboutBackups}
	return send[QueuedAction](ctx, c, k, http.MethodPost, vpsPath(id, backupsOf), backup)
}

// RestoreVPSBackup stops a server and replaces its disk by a backup of another
// server of the same owner. It needs the scope backup:vm. Page:
// "post-v2-vps-id-backups-actions-restore-from-vps" (full).
//
//api:operation POST /api/v2/vps/{id}/backups/actions/restore-from-vps
func (c *Client) RestoreVPSBackup(ctx context.Context, target cloud.VMID, source BackupSource) (QueuedAction, error) {
	k := call{name: restoreBackup, scope: backupScope, about: aboutBackups}
	return send[QueuedAction](ctx, c, k, http.MethodPost, vpsPath(target, backupsOf+"/actions/restore-from-vps"), source)
}

// The names of the operations in errors.
const (
	listBackups   = "list VPS backups"
	createBackup  = "create VPS backup"
	restoreBackup = "restore VPS backup"
)
