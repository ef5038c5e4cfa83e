package voltagepark

import (
	"context"
	"regexp"

	"countersign/internal/cloud"
)

// sshKeyName is the rule of page "Add new SSH public key to your organization".
var sshKeyName = regexp.MustCompile(`^[A-Za-z0-9 -]{3,64}$`)

// CheckSSHKeyName implements cloud.SSHKeyNamer.
func (p *Provider) CheckSSHKeyName(name string) error {
	if !sshKeyName.MatchString(name) {
		return p.invalid("add SSH key", []cloud.Issue{{Field: "name", Message: "must have 3 to 64 letters, digits, hyphens and spaces"}})
	}
	return nil
}

// NewSSHKeyOpens implements cloud.SSHKeyNamer.
func (*Provider) NewSSHKeyOpens() []string {
	return []string{"Every later deploy with organization_ssh_keys mode all lets this key in without naming it, and every other deploy can name it; whoever holds its private half gets into those. Machines that are there already are not changed."}
}

// AddSSHKey adds a public key to the organization.
func (p *Provider) AddSSHKey(ctx context.Context, name, publicKey string) (cloud.SSHKeyID, error) {
	const operation = "add SSH key"
	if err := p.CheckSSHKeyName(name); err != nil {
		return "", err
	}
	key, err := p.client.AddSSHKey(ctx, NewSSHKey{Name: name, Content: publicKey})
	if err == nil && key.ID == "" {
		e := p.refuse(cloud.ErrUnavailable, operation, "the answer does not say which key was added")
		e.Ambiguous = true
		err = e
	}
	return key.ID, err
}

// GetSSHKey finds a key in the list: the API has no operation that reads one.
func (p *Provider) GetSSHKey(ctx context.Context, id cloud.SSHKeyID) (cloud.SSHKeyDetail, error) {
	const maxPublicKey = 4096
	for key, err := range cloud.All(ctx, maxSSHKeys, p.sshKeyPage) {
		if err != nil {
			return cloud.SSHKeyDetail{}, err
		}
		if key.ID == id {
			public, _ := cloud.Clean(key.Content, maxPublicKey)
			return cloud.SSHKeyDetail{SSHKey: p.sshKey(key), PublicKey: public}, nil
		}
	}
	return cloud.SSHKeyDetail{}, p.refuse(cloud.ErrUnknownID, "get SSH key", "no SSH key with this ID in the organization")
}

// PlanSSHKeyDeletion returns what the page says. The API does not show which keys a
// machine was created with.
func (p *Provider) PlanSSHKeyDeletion(context.Context, cloud.SSHKeyID) ([]string, error) {
	return []string{
		"Machines that are there already keep the key: this takes no access away. Take the key out of them too if it is not to be trusted any more.",
		"Later deploys cannot name it, and mode all leaves it out, unless it is added anew; its public half stays with whoever has it.",
		"Which machines were made with it is not known: Voltage Park does not tell.",
	}, nil
}

// DeleteSSHKey deletes a key of the organization.
func (p *Provider) DeleteSSHKey(ctx context.Context, id cloud.SSHKeyID) error {
	_, err := exactly(p, "delete SSH key", id, func(id cloud.SSHKeyID) (struct{}, error) {
		return struct{}{}, p.client.DeleteSSHKey(ctx, id)
	})
	return err
}
