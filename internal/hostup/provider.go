package hostup

import (
	"context"
	"strings"
	"time"

	"countersign/internal/cloud"
)

// Provider is HostUp in the vocabulary of package cloud.
type Provider struct {
	account cloud.AccountName
	client  *Client
}

var (
	_ cloud.Provider      = (*Provider)(nil)
	_ cloud.SSHKeyLister  = (*Provider)(nil)
	_ cloud.SSHKeyRenamer = (*Provider)(nil)
)

// New makes the adapter of one account.
func New(account cloud.AccountName, client *Client) *Provider {
	return &Provider{account: account, client: client}
}

// Vendor implements cloud.Provider.
func (p *Provider) Vendor() cloud.Vendor { return Vendor }

// Describe implements cloud.Provider.
func (p *Provider) Describe() cloud.Description {
	return cloud.Description{Title: "HostUp", BaseURL: p.client.BaseURL(), Gaps: gaps()}
}

// gaps are the tools that HostUp could serve and this version does not.
func gaps() []cloud.Gap {
	const (
		servers = "HostUp has VPS servers; this version of Countersign does not wrap them yet."
		catalog = "HostUp has a catalogue of plans and regions; this version of Countersign does not wrap it yet."
		bills   = "HostUp has invoices and account activity; this version of Countersign does not wrap them yet."
	)
	return []cloud.Gap{
		{What: "list_locations", Why: catalog},
		{What: "list_offers", Why: catalog},
		{What: "list_vms", Why: servers},
		{What: "get_vm", Why: servers},
		{What: "create_vm", Why: servers},
		{What: "update_vm", Why: servers},
		{What: "power_vm", Why: servers},
		{What: "delete_vm", Why: servers},
		{What: "get_billing", Why: bills},
		{What: "list_transactions", Why: bills},
	}
}

// CheckKey implements cloud.Provider. It lists one SSH key, the smallest read
// whose route is documented; a key without the scope read:vm is ErrForbidden.
func (p *Provider) CheckKey(ctx context.Context) error {
	_, err := p.client.ListSSHKeys(ctx, 1, "")
	return err
}

// ListSSHKeys implements cloud.SSHKeyLister. A limit outside 1 to MaxSSHKeyPage
// means MaxSSHKeyPage.
func (p *Provider) ListSSHKeys(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.SSHKey], error) {
	limit := page.Limit
	if limit < 1 || limit > MaxSSHKeyPage {
		limit = MaxSSHKeyPage
	}
	list, err := p.client.ListSSHKeys(ctx, limit, page.Cursor)
	if err != nil {
		return cloud.Page[cloud.SSHKey]{}, err
	}
	if list.Data == nil {
		// An answer without a list is not an empty list.
		return cloud.Page[cloud.SSHKey]{}, &cloud.Error{
			Kind: cloud.ErrUnavailable, Account: p.account, Operation: "list SSH keys",
			Message: "the answer holds no list of keys", Hint: hintFor(cloud.ErrUnavailable, aboutKeys),
		}
	}
	var out cloud.Page[cloud.SSHKey]
	for _, key := range list.Data {
		out.Items = append(out.Items, p.sshKey(key))
	}
	// A cursor that leads back to the same page would never end.
	if list.NextCursor != nil && *list.NextCursor != page.Cursor {
		out.Next = *list.NextCursor
	}
	return out, nil
}

// RenameSSHKey implements cloud.SSHKeyRenamer. An ID that is not of HostUp's
// form is ErrUnknownID and never leaves; an answer about another key is an
// Ambiguous ErrVendor.
func (p *Provider) RenameSSHKey(ctx context.Context, id cloud.SSHKeyID, name string) (cloud.SSHKey, error) {
	if rest, ok := strings.CutPrefix(string(id), "ssh_"); !ok || rest == "" {
		return cloud.SSHKey{}, &cloud.Error{
			Kind: cloud.ErrUnknownID, Account: p.account, Operation: renameSSHKey,
			Message: "IDs of HostUp's SSH keys begin with ssh_", Hint: hintFor(cloud.ErrUnknownID, aboutKeys),
		}
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

// sshKey translates a key; texts are cleaned, the ID is kept.
func (p *Provider) sshKey(k SSHKey) cloud.SSHKey {
	out := cloud.SSHKey{ID: k.ID, Account: p.account, Type: cloud.CleanText(k.KeyType)}
	out.Name, out.NameAltered = cloud.Clean(k.Name, 0)
	if k.Fingerprint != nil {
		out.Fingerprint = cloud.CleanText(*k.Fingerprint)
	}
	if k.CreatedAt != nil {
		if at, err := time.Parse(time.RFC3339, *k.CreatedAt); err == nil {
			out.CreatedAt = &at
		}
	}
	if k.Actions != nil {
		out.CanRename = gate(k.Actions.CanRename)
		out.CanDelete = gate(k.Actions.CanDelete)
	}
	return out
}

// gate translates a gate; one that was not sent is unknown, which is nil.
func gate(g *Gate) *cloud.Gate {
	if g == nil {
		return nil
	}
	out := &cloud.Gate{Allowed: g.Allowed}
	if g.Reason != nil {
		out.Reason = cloud.CleanText(*g.Reason)
	}
	if g.Code != nil {
		out.Code = cloud.CleanText(*g.Code)
	}
	return out
}
