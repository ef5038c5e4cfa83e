package gpcn

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/internal/cloud"
)

var (
	_ cloud.SSHKeyAdder     = (*Provider)(nil)
	_ cloud.SSHKeyGenerator = (*Provider)(nil)
	_ cloud.SSHKeyDeleter   = (*Provider)(nil)
)

const (
	operationAddKey      = "add SSH key"
	operationGenerateKey = "generate SSH key"
	operationDeleteKey   = "delete SSH key"
)

// NewSSHKeyOpens implements cloud.SSHKeyNamer.
func (*Provider) NewSSHKeyOpens() []string {
	return []string{"Every later VM and GPU VM of the tenant can be made with this key; whoever holds its private half gets into those. Machines that are there already are not changed."}
}

// AddSSHKey adds a public key to the tenant's library.
func (p *Provider) AddSSHKey(ctx context.Context, name, publicKey string) (cloud.SSHKeyID, error) {
	made, err := p.createKey(ctx, operationAddKey, SSHKeyCreate{Name: name, Type: SSHKeyUpload, PublicKey: publicKey})
	return made.ID, err
}

// ListSSHKeyAlgorithms implements cloud.SSHKeyGenerator.
func (p *Provider) ListSSHKeyAlgorithms(ctx context.Context) ([]cloud.SSHKeyAlgorithm, error) {
	all, err := p.client.ListSSHKeyAlgorithms(ctx)
	var out []cloud.SSHKeyAlgorithm
	for _, a := range all {
		out = append(out, cloud.SSHKeyAlgorithm{Code: a.Code, Name: cloud.CleanText(a.DisplayName), Description: cloud.CleanText(a.Description)})
	}
	return out, err
}

// GenerateSSHKey lets GPCN generate a key pair.
func (p *Provider) GenerateSSHKey(ctx context.Context, name, algorithm string, passphrase cloud.Secret) (cloud.GeneratedSSHKey, error) {
	made, err := p.createKey(ctx, operationGenerateKey, SSHKeyCreate{
		Name: name, Type: SSHKeyGenerate, Algorithm: algorithm, Passphrase: RevealedSecret{passphrase},
	})
	key := cloud.GeneratedSSHKey{ID: made.ID, PrivateKey: made.PrivateKey}
	if !made.PrivateKey.IsZero() {
		// OpenSSH rejects a private key without a line break at its end.
		key.PrivateKey = cloud.NewSecret(strings.TrimRight(made.PrivateKey.Reveal(), "\n") + "\n")
	}
	return key, err
}

// createKey checks the name before it sends anything. A response without the ID of
// the new key is an ambiguous error; the caller then searches for the key.
func (p *Provider) createKey(ctx context.Context, operation string, key SSHKeyCreate) (CreatedSSHKey, error) {
	if err := p.CheckSSHKeyName(key.Name); err != nil {
		return CreatedSSHKey{}, err
	}
	made, err := p.client.CreateSSHKey(ctx, key)
	if err == nil && made.ID == "" {
		e := p.refuse(cloud.ErrUnavailable, operation, "the answer does not say which key was made", "Look at list_ssh_keys.")
		e.Ambiguous = true
		err = e
	}
	return made, err
}

// maxUsersRead is how many machines are read to see whether they name a key.
const maxUsersRead = 100

// PlanSSHKeyDeletion names the machines that have the key on record. The lists do not
// show it, so each machine is read.
func (p *Provider) PlanSSHKeyDeletion(ctx context.Context, id cloud.SSHKeyID) ([]string, error) {
	consequences := []string{
		"Machines that were made with the key keep it: this takes no access away. Take the key out of them too if it is not to be trusted any more.",
		"No machine can be made with it any more, unless it is added anew; its public half stays with whoever has it.",
	}
	using, more, err := p.usersOfKey(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(using) > 0 {
		consequences = append(consequences, fmt.Sprintf(
			"These machines have the key on record: %s. What GPCN does then is not documented; it may refuse.", strings.Join(using, ", ")))
	}
	if more {
		consequences = append(consequences, fmt.Sprintf("Only the first %d machines of the account were looked at; whether others have the key on record is not known.", maxUsersRead))
	}
	return consequences, nil
}

// usersOfKey returns the sorted IDs of the machines that have a key on record. A
// machine that is deleted meanwhile is skipped. more is true where there are machines
// that were not read.
func (p *Provider) usersOfKey(ctx context.Context, id cloud.SSHKeyID) (using []string, more bool, err error) {
	read := 0
	for row, err := range cloud.All(ctx, MaxLimit, p.ListVMs) {
		if err != nil {
			return nil, false, err
		}
		if read++; read > maxUsersRead {
			more = true
			break
		}
		key, err := p.keyOf(ctx, row)
		switch {
		case cloud.IsKind(err, cloud.ErrUnknownID):
		case err != nil:
			return nil, false, err
		case key == id:
			using = append(using, string(row.ID))
		}
	}
	slices.Sort(using)
	return using, more, nil
}

// keyOf returns the key that a machine has on record.
func (p *Provider) keyOf(ctx context.Context, row cloud.VM) (cloud.SSHKeyID, error) {
	if row.Kind == gpuBlock {
		gpu, err := p.client.GetGPU(ctx, row.ID)
		return optional(gpu.SSHKeyID), err
	}
	vm, err := p.client.GetVM(ctx, row.ID)
	return optional(vm.SSHKeyID), err
}

// DeleteSSHKey deletes a key from the library.
func (p *Provider) DeleteSSHKey(ctx context.Context, id cloud.SSHKeyID) error {
	_, err := cloud.ByUUID(p.account, operationDeleteKey, id, func(id cloud.SSHKeyID) (struct{}, error) {
		return struct{}{}, p.client.DeleteSSHKey(ctx, id)
	})
	return err
}
