package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// sshKeysToolset is the toolset for SSH keys, beyond listing and renaming.
const sshKeysToolset = "ssh_keys"

// sshKeyRef identifies one key by its exact ID.
type sshKeyRef struct {
	Account  cloud.AccountName `json:"account" jsonschema_description:"Its account."`
	SSHKeyID cloud.SSHKeyID    `json:"ssh_key_id" jsonschema_description:"Exact ID from list_ssh_keys, never a name."`
}

func (r sshKeyRef) account() cloud.AccountName { return r.Account }

type listSSHKeysInput struct {
	Account cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	tool.Page
}

type listSSHKeysOutput struct {
	SSHKeys    []cloud.SSHKey `json:"ssh_keys" jsonschema_description:"Public keys."`
	NextCursor string         `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Failures   []tool.Failure `json:"failures,omitempty" jsonschema_description:"Accounts that could not be read."`
}

func listSSHKeys(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.SSHKeyLister](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "list_ssh_keys",
		Title:       "List SSH keys",
		Description: "List the public SSH keys of the accounts, with exact IDs, fingerprints and whether they can be renamed.",
		Schema:      anyAccount(accounts),
	}, func(ctx context.Context, in listSSHKeysInput) (listSSHKeysOutput, error) {
		got, err := gather(ctx, accounts, in.Account, in.Page,
			func(ctx context.Context, a cloud.Capable[cloud.SSHKeyLister], page cloud.PageRequest) (cloud.Page[cloud.SSHKey], []string, error) {
				p, err := sighted(a.Cloud.ListSSHKeys, keySighting)(ctx, page)
				return p, nil, err
			})
		return listSSHKeysOutput{got.rows, got.next, got.failures}, err
	})
}

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
		get := sightedOne(c.GetSSHKey, func(k cloud.SSHKeyDetail) tool.Sighting { return keySighting(k.SSHKey) })
		key, err := get(ctx, in.SSHKeyID)
		if !cloud.IsKind(err, cloud.ErrUnknownID) {
			return key, err
		}
		if _, why := earnSSHKey(ctx, c, in.Account, in.SSHKeyID); why != nil {
			err = why // it names likely candidates
		}
		return cloud.SSHKeyDetail{}, err
	})
}

const keyPage = 100

// earnSSHKey finds a key by its exact ID in the account's list.
func earnSSHKey(ctx context.Context, c cloud.SSHKeyLister, account cloud.AccountName, id cloud.SSHKeyID) (cloud.SSHKey, error) {
	var all []cloud.Candidate
	for key, err := range cloud.All(ctx, keyPage, sighted(c.ListSSHKeys, keySighting)) {
		if err != nil {
			return cloud.SSHKey{}, err
		}
		if key.ID == id {
			return key, nil
		}
		all = append(all, cloud.Candidate{ID: string(key.ID), Name: key.Name})
	}
	err := &cloud.Error{Kind: cloud.ErrUnknownID, Account: account, Operation: "find SSH key", Message: "no SSH key of this account has that ID; nothing was sent"}
	return cloud.SSHKey{}, notEarned(err, "SSH key", "list_ssh_keys", string(id), all)
}

// allSSHKeys reads all keys of an account.
func allSSHKeys(ctx context.Context, c cloud.SSHKeyLister) ([]cloud.SSHKey, error) {
	var all []cloud.SSHKey
	for key, err := range cloud.All(ctx, keyPage, sighted(c.ListSSHKeys, keySighting)) {
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	return all, nil
}

func keyTarget(key cloud.SSHKey) tool.Target {
	t := tool.Target{Kind: "ssh_key", ID: string(key.ID), Name: key.Name, NameAltered: key.NameAltered}
	if key.Fingerprint != "" {
		t.Facts = []cloud.Fact{{Label: "fingerprint", Value: key.Fingerprint}}
	}
	return t
}
