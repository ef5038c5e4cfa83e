package tools

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/sshkey"
	"countersign/internal/tool"
)

type addSSHKeyInput struct {
	Account   cloud.AccountName `json:"account" jsonschema_description:"The account to add it to."`
	Name      string            `json:"name" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"Its name: at most 30 characters at GPCN; 3 to 64 letters, digits, hyphens and spaces at Voltage Park."`
	PublicKey string            `json:"public_key" jsonschema:"minLength=1,maxLength=8192" jsonschema_description:"The PUBLIC key, one line such as ssh-ed25519 AAAA… comment. Never a private key."`
}

func (in addSSHKeyInput) account() cloud.AccountName { return in.Account }

// line returns the key as it is sent.
func (in addSSHKeyInput) line() string { return strings.TrimSpace(in.PublicKey) }

func addSSHKey(env Env) *tool.Definition {
	return write[cloud.SSHKeyAdder, addSSHKeyInput]{kind: "ssh_key", plan: planAddKey, settle: settleAddKey,
		execute: func(ctx context.Context, c cloud.SSHKeyAdder, in addSSHKeyInput, run tool.Run) (tool.Made, error) {
			id, err := c.AddSSHKey(ctx, in.Name, in.line())
			if err != nil {
				return tool.Made{}, err
			}
			return addedKey(run.Plan, id), nil
		},
	}.on(env.Accounts, tool.Spec{
		Name:    "add_ssh_key",
		Title:   "Add SSH key",
		Toolset: sshKeysToolset,
		Description: "Add a public SSH key to an account. It opens a door: later machines can be made with it. " +
			"A person approves it by its fingerprint; then repeat the same call.",
		Effect:     tool.Disrupt,
		Idempotent: true,
	})
}

// fingerprintFact is the label of the fact by which settle recognizes the key.
const fingerprintFact = "fingerprint"

func planAddKey(ctx context.Context, c cloud.SSHKeyAdder, in addSSHKeyInput) (tool.Plan, error) {
	key, err := sshkey.Parse(in.line())
	if err != nil {
		return tool.Plan{}, tool.Errorf(tool.CodeInvalidArguments, "Ask the user for the public key, the file that ends in .pub.", "public_key: %s; nothing was sent.", err)
	}
	all, err := freeKeyName(ctx, c, in.Account, in.Name)
	if err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Add the SSH key %s to %s.", key.Fingerprint, in.Account),
		Effects: []tool.Effect{tool.Disrupt},
		Facts: []cloud.Fact{
			{Label: "name", Value: in.Name}, {Label: "type", Value: key.Type}, {Label: fingerprintFact, Value: key.Fingerprint},
			{Label: "comment", Value: cloud.CleanText(key.Comment)},
		},
		Opens:     c.NewSSHKeyOpens(),
		Equal:     "ssh_key " + key.Fingerprint,
		MadeKind:  "ssh_key",
		MadeNames: []string{in.Name},
	}
	if i := slices.IndexFunc(all, func(k cloud.SSHKey) bool { return k.Fingerprint == key.Fingerprint }); i >= 0 {
		plan.Targets = []tool.Target{keyTarget(all[i])}
		plan.Nothing = fmt.Sprintf("This very key is in %s already as SSH key %s; nothing was sent.", in.Account, all[i].ID)
		return plan, nil
	}
	if slices.ContainsFunc(all, func(k cloud.SSHKey) bool { return k.Name == in.Name }) {
		return tool.Plan{}, keyNameTaken(in.Account, in.Name, all)
	}
	return plan, nil
}

// freeKeyName checks a name against the rules of the cloud and reads all keys of
// the account, from which the caller sees whether the name is taken.
func freeKeyName(ctx context.Context, c cloud.SSHKeyNamer, account cloud.AccountName, name string) ([]cloud.SSHKey, error) {
	if _, altered := cloud.Clean(name, 0); altered || strings.TrimSpace(name) != name {
		return nil, tool.Errorf(tool.CodeInvalidArguments, "Choose a name of visible characters.", "name: begins or ends with a space, or has control or invisible characters; nothing was sent to %s.", account)
	}
	if err := c.CheckSSHKeyName(name); err != nil {
		return nil, err
	}
	return allSSHKeys(ctx, c)
}

// keyNameTaken rejects a name that another key has. Some clouds do so too, and
// settle finds a key by its name if the response to its creation was lost.
func keyNameTaken(account cloud.AccountName, name string, all []cloud.SSHKey) error {
	e := &cloud.Error{
		Kind: cloud.ErrBlocked, Account: account, Operation: "add SSH key",
		Message: "name: a key of this account has this name already; nothing was sent", Hint: "Choose another name, or use the key of candidates.",
	}
	for _, key := range all {
		if key.Name == name {
			e.Candidates = append(e.Candidates, candidate(keySighting(key)))
		}
	}
	return e
}

func addedKey(p tool.Plan, id cloud.SSHKeyID) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("Added SSH key %s to %s.", id, p.Account),
		IDs:     []tool.MadeID{{Kind: "ssh_key", ID: string(id)}},
	}
}

// settleAddKey looks for the key by its fingerprint and its name. A key with one of
// them is only a candidate: somebody else may have added the same key under another
// name, and not every cloud shows fingerprints.
func settleAddKey(ctx context.Context, c cloud.SSHKeyAdder, intent tool.Intent) (tool.Settlement, error) {
	all, err := allSSHKeys(ctx, c)
	if err != nil {
		return tool.Settlement{}, err
	}
	var maybe []cloud.SSHKey
	for _, key := range all {
		named := slices.Contains(intent.Plan.MadeNames, key.Name)
		same := key.Fingerprint != "" && key.Fingerprint == plannedFact(intent.Plan, fingerprintFact)
		switch {
		case slices.Contains(intent.Others, string(key.ID)):
		case same && named:
			return tool.Settlement{Finding: tool.FoundDone, Made: addedKey(intent.Plan, key.ID)}, nil
		case same, named && key.Fingerprint == "":
			maybe = append(maybe, key)
		}
	}
	if len(maybe) > 0 {
		return unclearKeys(maybe), nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}

// unclearKeys returns an unclear settlement that names the keys which may be the
// requested one.
func unclearKeys(maybe []cloud.SSHKey) tool.Settlement {
	var possible []cloud.Candidate
	for _, key := range maybe {
		possible = append(possible, candidate(keySighting(key)))
	}
	return mayBeIt("these SSH keys", possible)
}
