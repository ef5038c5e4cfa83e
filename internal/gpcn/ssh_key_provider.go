package gpcn

import (
	"context"
	"fmt"
	"unicode/utf8"

	"countersign/internal/cloud"
	"countersign/internal/sshkey"
)

var (
	_ cloud.SSHKeyLister  = (*Provider)(nil)
	_ cloud.SSHKeyRenamer = (*Provider)(nil)
	_ cloud.SSHKeyReader  = (*Provider)(nil)
)

const (
	operationKeys   = "list SSH keys"
	operationRename = "rename SSH key"
)

// ListSSHKeys lists the tenant's key library.
func (p *Provider) ListSSHKeys(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.SSHKey], error) {
	rows, err := listPage(ctx, p, operationKeys, page, p.client.ListSSHKeys)
	return cloud.MapPage(rows, p.sshKey), err
}

// GetSSHKey reads one key of the library.
func (p *Provider) GetSSHKey(ctx context.Context, id cloud.SSHKeyID) (cloud.SSHKeyDetail, error) {
	const operation = "get SSH key"
	return cloud.ByUUID(p.account, operation, id, func(id cloud.SSHKeyID) (cloud.SSHKeyDetail, error) {
		key, err := p.client.GetSSHKey(ctx, id)
		if err == nil {
			err = cloud.SameID(p.account, operation, id, key.ID)
		}
		if err != nil {
			return cloud.SSHKeyDetail{}, err
		}
		public, _ := cloud.Clean(key.PublicKey, maxPublicKey)
		return cloud.SSHKeyDetail{SSHKey: p.sshKey(key), PublicKey: public, UpdatedAt: key.UpdatedAt.Time()}, nil
	})
}

// maxPublicKey is the longest public key that is shown whole: an RSA key of 16384 bits
// with a comment.
const maxPublicKey = 4096

// CheckSSHKeyName implements cloud.SSHKeyRenamer.
func (p *Provider) CheckSSHKeyName(name string) error {
	if _, altered := cloud.Clean(name, 0); altered || name == "" || utf8.RuneCountInString(name) > MaxSSHKeyName {
		return p.invalid(operationRename, []cloud.Issue{{Field: "name", Message: fmt.Sprintf("must have 1 to %d visible characters", MaxSSHKeyName)}})
	}
	return nil
}

// RenameSSHKey changes the name of a key. The response of a rename is not documented,
// so the key is read afterwards; where that fails, the result has only what is
// certain.
func (p *Provider) RenameSSHKey(ctx context.Context, id cloud.SSHKeyID, name string) (cloud.SSHKey, error) {
	if err := p.CheckSSHKeyName(name); err != nil {
		return cloud.SSHKey{}, err
	}
	return cloud.ByUUID(p.account, operationRename, id, func(id cloud.SSHKeyID) (cloud.SSHKey, error) {
		if err := p.client.RenameSSHKey(ctx, id, name); err != nil {
			return cloud.SSHKey{}, err
		}
		key, err := p.client.GetSSHKey(ctx, id)
		if err != nil || key.ID != id {
			key = SSHKey{ID: id, Name: name}
		}
		return p.sshKey(key), nil
	})
}

// confirmKey finds a key of the library by its exact ID.
func (p *Provider) confirmKey(ctx context.Context, operation string, id cloud.SSHKeyID) (cloud.SSHKey, error) {
	all, err := everything(ctx, p, operationKeys, p.client.ListSSHKeys)
	if err != nil {
		return cloud.SSHKey{}, err
	}
	want := lookup{operation, "ssh_key_id", string(id), "SSH key of this account", "list_ssh_keys"}
	key, err := confirm(p, want, all, func(k SSHKey) cloud.Candidate { return cloud.Candidate{ID: string(k.ID), Name: k.Name} })
	if err != nil {
		return cloud.SSHKey{}, err
	}
	return p.sshKey(key), nil
}

func (p *Provider) sshKey(k SSHKey) cloud.SSHKey {
	name, altered := cloud.Clean(k.Name, 0)
	return cloud.SSHKey{
		ID: k.ID, Account: p.account, Name: name, NameAltered: altered, Type: cloud.CleanText(k.Algorithm),
		Fingerprint: sshkey.Fingerprint(k.PublicKey), CreatedAt: k.CreatedAt.Time(),
	}
}
