package hostup

import (
	"context"

	"countersign/internal/cloud"
)

// VPSSSHKeys are the account's keys as they are shown for a server.
type VPSSSHKeys struct {
	SSHKeys []SSHKey `json:"sshKeys"`
}

// ListVPSSSHKeys returns the account's keys after a check that the server is the
// account's: it does not read which are installed on the server. It needs the scope
// read:vm. Page: "get-v2-vps-id-ssh-keys" (near full).
//
//api:operation GET /api/v2/vps/{id}/ssh-keys
func (c *Client) ListVPSSSHKeys(ctx context.Context, id cloud.VMID) (VPSSSHKeys, error) {
	return get[VPSSSHKeys](ctx, c, readingVPS(listVPSKeys), vpsPath(id, "/ssh-keys"), nil)
}

const listVPSKeys = "list VPS SSH keys"
