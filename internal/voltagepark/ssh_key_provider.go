package voltagepark

import (
	"cmp"
	"context"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/sshkey"
)

// ListSSHKeys returns one page of the organization's keys; at most 150 per page.
func (p *Provider) ListSSHKeys(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.SSHKey], error) {
	rows, err := p.sshKeyPage(ctx, page)
	return cloud.MapPage(rows, p.sshKey), err
}

func (p *Provider) sshKeyPage(ctx context.Context, page cloud.PageRequest) (cloud.Page[SSHKey], error) {
	return listPage(ctx, p, "list SSH keys", page, maxSSHKeys, p.client.ListSSHKeys)
}

// allSSHKeys returns all keys of the organization, sorted by ID so that two reads of the
// same keys are equal.
func (p *Provider) allSSHKeys(ctx context.Context) ([]cloud.SSHKey, error) {
	var out []cloud.SSHKey
	for key, err := range cloud.All(ctx, maxSSHKeys, p.sshKeyPage) {
		if err != nil {
			return nil, err
		}
		out = append(out, p.sshKey(key))
	}
	slices.SortFunc(out, func(a, b cloud.SSHKey) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// sshKey converts a key; type and fingerprint are missing where its content is not a
// public key that we can parse.
func (p *Provider) sshKey(key SSHKey) cloud.SSHKey {
	name, altered := cloud.Clean(key.Name, 0)
	out := cloud.SSHKey{ID: key.ID, Account: p.account, Name: name, NameAltered: altered}
	if public, err := sshkey.Parse(key.Content); err == nil {
		out.Type, out.Fingerprint = public.Type, public.Fingerprint
	}
	return out
}
