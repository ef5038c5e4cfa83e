package hostup

import (
	"context"

	"countersign/internal/cloud"
)

var (
	_ cloud.SSHKeyLister  = (*Provider)(nil)
	_ cloud.SSHKeyRenamer = (*Provider)(nil)
	_ cloud.SSHKeyReader  = (*Provider)(nil)
)

// ListSSHKeys implements cloud.SSHKeyLister. A limit outside 1 to MaxSSHKeyPage
// means MaxSSHKeyPage.
func (p *Provider) ListSSHKeys(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.SSHKey], error) {
	list, err := p.client.ListSSHKeys(ctx, within(page.Limit, MaxSSHKeyPage), page.Cursor)
	if err != nil {
		return cloud.Page[cloud.SSHKey]{}, err
	}
	return listed(p, "list SSH keys", aboutKeys, list, page.Cursor, p.sshKey)
}

// GetSSHKey implements cloud.SSHKeyReader. It searches the list: no source shows an
// operation that reads one key.
func (p *Provider) GetSSHKey(ctx context.Context, id cloud.SSHKeyID) (cloud.SSHKeyDetail, error) {
	const maxPublicKey = 4096
	const operation = "get SSH key"
	if err := p.checkForm(operation, aboutKeys, string(id), "ssh_"); err != nil {
		return cloud.SSHKeyDetail{}, err
	}
	rows := func(ctx context.Context, page cloud.PageRequest) (cloud.Page[SSHKey], error) {
		list, err := p.client.ListSSHKeys(ctx, within(page.Limit, MaxSSHKeyPage), page.Cursor)
		if err != nil {
			return cloud.Page[SSHKey]{}, err
		}
		return listed(p, operation, aboutKeys, list, page.Cursor, func(k SSHKey) SSHKey { return k })
	}
	for key, err := range cloud.All(ctx, MaxSSHKeyPage, rows) {
		if err != nil {
			return cloud.SSHKeyDetail{}, err
		}
		if key.ID == id {
			public, _ := cloud.Clean(key.PublicKey, maxPublicKey)
			return cloud.SSHKeyDetail{SSHKey: p.sshKey(key), PublicKey: public}, nil
		}
	}
	return cloud.SSHKeyDetail{}, p.refuse(cloud.ErrUnknownID, operation, "no SSH key with this ID in the account")
}

// CheckSSHKeyName implements cloud.SSHKeyRenamer: page "Rename VPS SSH key"
// gives names no rule.
func (*Provider) CheckSSHKeyName(string) error { return nil }

// RenameSSHKey implements cloud.SSHKeyRenamer. For an ID that does not have HostUp's form
// it sends nothing and returns an ErrUnknownID; a response about another key is an
// Ambiguous ErrVendor.
func (p *Provider) RenameSSHKey(ctx context.Context, id cloud.SSHKeyID, name string) (cloud.SSHKey, error) {
	if err := p.checkForm(renameSSHKey, aboutKeys, string(id), "ssh_"); err != nil {
		return cloud.SSHKey{}, err
	}
	key, err := p.client.RenameSSHKey(ctx, id, name)
	if err != nil {
		return cloud.SSHKey{}, err
	}
	if key.ID != id {
		return cloud.SSHKey{}, &cloud.Error{
			Kind: cloud.ErrVendor, Account: p.account, Operation: renameSSHKey, Ambiguous: true,
			Message: "the answer is about another key than the one asked for",
			Hint:    "Read the names with list_ssh_keys and tell the user which keys changed.",
		}
	}
	return p.sshKey(key), nil
}

// sshKey converts a key; texts are cleaned, the ID is unchanged.
func (p *Provider) sshKey(k SSHKey) cloud.SSHKey {
	out := cloud.SSHKey{ID: k.ID, Account: p.account, Type: cloud.CleanText(k.KeyType), Fingerprint: text(k.Fingerprint)}
	out.Name, out.NameAltered = cloud.Clean(k.Name, 0)
	out.CreatedAt = moment(k.CreatedAt)
	if k.Actions != nil {
		out.CanRename = gate(k.Actions.CanRename)
		out.CanDelete = gate(k.Actions.CanDelete)
	}
	return out
}
