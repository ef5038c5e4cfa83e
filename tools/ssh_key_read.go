package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

// sshKeysToolset is the toolset of what is done to SSH keys beside listing and
// renaming them.
const sshKeysToolset = "ssh_keys"

// sshKeyRef names one key exactly.
type sshKeyRef struct {
	Account  cloud.AccountName `json:"account" jsonschema_description:"Its account."`
	SSHKeyID cloud.SSHKeyID    `json:"ssh_key_id" jsonschema_description:"Exact ID from list_ssh_keys, never a name."`
}

func (r sshKeyRef) account() cloud.AccountName { return r.Account }

func getSSHKey(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.SSHKeyReader](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "get_ssh_key",
		Title:       "Get SSH key",
		Description: "Read one public SSH key: its text, type and fingerprint.",
		Toolset:     sshKeysToolset,
		Schema:      anyAccount(accounts),
	}, func(ctx context.Context, in sshKeyRef) (cloud.SSHKeyDetail, error) {
		c, err := find(accounts, in.Account)
		if err != nil {
			return cloud.SSHKeyDetail{}, err
		}
		get := watchedOne(c.GetSSHKey, func(k cloud.SSHKeyDetail) tool.Sighting { return keySighting(k.SSHKey) })
		key, err := get(ctx, in.SSHKeyID)
		if !cloud.IsKind(err, cloud.ErrUnknownID) {
			return key, err
		}
		if _, why := earnSSHKey(ctx, c, in.Account, in.SSHKeyID); why != nil {
			err = why // with the exact IDs of what may have been meant
		}
		return cloud.SSHKeyDetail{}, err
	})
}

type listAlgorithmsInput struct {
	Account cloud.AccountName `json:"account" jsonschema_description:"The account to generate a key in."`
}

type listAlgorithmsOutput struct {
	Algorithms []cloud.SSHKeyAlgorithm `json:"algorithms" jsonschema_description:"What generate_ssh_key can be given."`
}

func listSSHKeyAlgorithms(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.SSHKeyGenerator](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "list_ssh_key_algorithms",
		Title:       "List SSH key algorithms",
		Description: "List the kinds of SSH keys that the cloud can generate, with exact codes for generate_ssh_key.",
		Toolset:     sshKeysToolset,
		Schema:      []schema.Option{schema.Enum("account", names(accounts)...)},
	}, func(ctx context.Context, in listAlgorithmsInput) (listAlgorithmsOutput, error) {
		c, err := find(accounts, in.Account)
		if err != nil {
			return listAlgorithmsOutput{}, err
		}
		all, err := c.ListSSHKeyAlgorithms(ctx)
		return listAlgorithmsOutput{append([]cloud.SSHKeyAlgorithm{}, all...)}, err
	})
}

// allSSHKeys are all keys of an account.
func allSSHKeys(ctx context.Context, c cloud.SSHKeyLister) ([]cloud.SSHKey, error) {
	var all []cloud.SSHKey
	for key, err := range cloud.All(ctx, keyPage, watched(c.ListSSHKeys, keySighting)) {
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	return all, nil
}
