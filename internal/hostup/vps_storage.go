package hostup

import (
	"context"

	"countersign/internal/cloud"
)

// VPSStorage has the disks of a server. Its page also mentions the usage of file systems
// and the guest agent, without showing the fields.
type VPSStorage struct {
	Disks []Disk `json:"disks"`
}

// Disk is one disk of a server.
type Disk struct {
	ID        string       `json:"id"`   // vpsdisk_…
	Name      string       `json:"name"` // such as scsi0
	Type      *string      `json:"type"`
	Device    *string      `json:"device"`
	IsCDROM   bool         `json:"isCdrom"`
	BootOrder Number       `json:"bootOrder"`
	Capacity  DiskCapacity `json:"capacity"`
	IO        DiskIO       `json:"io"`
	// Actions are canDetach and CanResize.
	Actions Gates `json:"actions,omitempty"`
}

// CanDetach is the gate for detaching a disk.
const CanDetach GateName = "canDetach"

// DiskCapacity is how full a disk is.
type DiskCapacity struct {
	TotalGB      Number `json:"totalGb"`
	UsedGB       Number `json:"usedGb"`
	FreeGB       Number `json:"freeGb"`
	UsagePercent Number `json:"usagePercent"`
}

// DiskIO is the amount of data read and written.
type DiskIO struct {
	ReadGB          Number `json:"readGb"`
	WriteGB         Number `json:"writeGb"`
	ReadOperations  Number `json:"readOperations"`
	WriteOperations Number `json:"writeOperations"`
}

// GetVPSStorage returns a server's disks. It needs the scope read:vm. Page:
// "get-v2-vps-id-storage" (near full).
//
//api:operation GET /api/v2/vps/{id}/storage
func (c *Client) GetVPSStorage(ctx context.Context, id cloud.VMID) (VPSStorage, error) {
	return get[VPSStorage](ctx, c, readingVPS(getStorage), vpsPath(id, "/storage"), nil)
}

const getStorage = "get VPS storage"
