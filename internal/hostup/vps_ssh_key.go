package hostup

import (
	"context"

	"countersign/internal/cloud"
)

// VPSSSHKeys are the account's keys as the API shows them for a server.
type VPSSSHKeys struct {
	SSHKeys []SSHKey `json:"sshKeys"`
}

// ListVPSSSHKeys returns the account's keys, if the server is the account's. It does not
// show which are installed on the server. It needs the scope read:vm. Page:
// "get-v2-vps-id-ssh-keys" (near full).
//
//api:operation GET /api/v2/vps/{id}/ssh-keys
func (c *Client) ListVPSSSHKeys(ctx context.Context, id cloud.VMID) (VPSSSHKeys, error) {
	return get[VPSSSHKeys](ctx, c, readingVPS(listVPSKeys), vpsPath(id, "/ssh-keys"), nil)
}

const listVPSKeys = "list VPS SSH keys"
