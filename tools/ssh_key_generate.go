package tools

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

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

type generateSSHKeyInput struct {
	Account    cloud.AccountName `json:"account" jsonschema_description:"The account to make it in."`
	Name       string            `json:"name" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"Its name: at most 30 characters at GPCN."`
	Algorithm  string            `json:"algorithm" jsonschema:"minLength=1,maxLength=64" jsonschema_description:"Exact code from list_ssh_key_algorithms."`
	Passphrase cloud.Secret      `json:"passphrase,omitzero" jsonschema:"maxLength=1024" jsonschema_description:"Protects the private key. Only if the user gives one."`
}

func (in generateSSHKeyInput) account() cloud.AccountName { return in.Account }

// keyGenerator has clouds generate key pairs and saves the private keys to files.
type keyGenerator struct{ files tool.SecretFiles }

func generateSSHKey(env Env) *tool.Definition {
	if env.Files == nil {
		return nil
	}
	g := keyGenerator{env.Files}
	return write[cloud.SSHKeyGenerator, generateSSHKeyInput]{kind: "ssh_key", plan: g.plan, execute: g.generate, settle: g.settle}.on(env.Accounts, tool.Spec{
		Name:    "generate_ssh_key",
		Title:   "Generate SSH key",
		Toolset: sshKeysToolset,
		Description: "Let the cloud make a pair of SSH keys. The private key goes into a file that only the user of this machine can read; the result is its path, never the key. " +
			"Where the user has a key of their own, add_ssh_key is better: no cloud has seen it. A person approves it; then repeat the same call.",
		Effect: tool.Disrupt,
	})
}

func (keyGenerator) plan(ctx context.Context, c cloud.SSHKeyGenerator, in generateSSHKeyInput) (tool.Plan, error) {
	all, err := freeKeyName(ctx, c, in.Account, in.Name)
	if err != nil {
		return tool.Plan{}, err
	}
	if slices.ContainsFunc(all, func(k cloud.SSHKey) bool { return k.Name == in.Name }) {
		return tool.Plan{}, keyNameTaken(in.Account, in.Name, all)
	}
	if err := earnAlgorithm(ctx, c, in); err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Let %s make a pair of SSH keys; the private key goes into a file of this machine.", in.Account),
		Effects: []tool.Effect{tool.Disrupt},
		Facts:   []cloud.Fact{{Label: "name", Value: in.Name}, {Label: "algorithm", Value: in.Algorithm}, {Label: "passphrase", Value: "given"}},
		Opens: append(c.NewSSHKeyOpens(),
			"Whoever can read the file holds the private key: every program of this user of this machine, an agent with a shell included."),
		Consequences: []string{
			"The cloud makes the private key and has seen it; it sends it once.",
			"If that answer is lost, nobody has the private key, and the key is to be deleted.",
		},
		Equal:     "ssh_key generated " + in.Name,
		MadeKind:  "ssh_key",
		MadeNames: []string{in.Name},
	}
	if in.Passphrase.IsZero() {
		plan.Facts[2].Value = "none"
		plan.Consequences = append(plan.Consequences, "No passphrase protects the private key in its file.")
	}
	return plan, nil
}

// earnAlgorithm rejects a code that the cloud does not list.
func earnAlgorithm(ctx context.Context, c cloud.SSHKeyGenerator, in generateSSHKeyInput) error {
	offered, err := c.ListSSHKeyAlgorithms(ctx)
	if err != nil {
		return err
	}
	var all []cloud.Candidate
	for _, a := range offered {
		if a.Code == in.Algorithm {
			return nil
		}
		all = append(all, cloud.Candidate{ID: a.Code, Name: a.Name})
	}
	refusal := &cloud.Error{Kind: cloud.ErrUnknownID, Account: in.Account, Operation: "generate SSH key", Message: "algorithm: the cloud offers none of that code; nothing was sent"}
	return notEarned(refusal, "algorithm", "list_ssh_key_algorithms", in.Algorithm, all)
}

// noKeyYet is written to the file first. This shows that the file is writable
// before the cloud generates a key, which it sends only once.
const noKeyYet = "This file holds no private key. It was made before the cloud was asked for one; if you still read this, none has arrived.\n"

func (g keyGenerator) generate(ctx context.Context, c cloud.SSHKeyGenerator, in generateSSHKeyInput, run tool.Run) (tool.Made, error) {
	file := privateKeyName(in.Account, run.Operation)
	if _, err := g.files.Write(file, cloud.NewSecret(noKeyYet), false); err != nil {
		return tool.Made{}, unsaved(err, "Nothing was sent.")
	}
	key, err := c.GenerateSSHKey(ctx, in.Name, in.Algorithm, in.Passphrase)
	if err != nil {
		return tool.Made{}, err
	}
	if key.PrivateKey.IsZero() {
		return tool.Made{}, tool.Errorf(tool.CodeNotPossible, lostKeyHint(key.ID), "SSH key %s was made on %s, and the answer had no private key: nobody has it.", key.ID, in.Account)
	}
	path, err := g.files.Write(file, key.PrivateKey, true)
	if err != nil {
		return tool.Made{}, unsaved(err, fmt.Sprintf("SSH key %s was made on %s, and its private key is lost with this. %s", key.ID, in.Account, lostKeyHint(key.ID)))
	}
	return generatedKey(run.Plan, key.ID, "Its private key is in "+path+"; only the user of this machine can read it.", path), nil
}

func lostKeyHint(id cloud.SSHKeyID) string {
	return fmt.Sprintf("Delete SSH key %s with delete_ssh_key, it is of no use; then generate another.", id)
}

// privateKeyName returns a file name that is known before the key has an ID.
func privateKeyName(account cloud.AccountName, operation string) tool.SecretName {
	return tool.NewSecretName("ssh-key", account, tool.OperationID(operation), ".pem")
}

func generatedKey(p tool.Plan, id cloud.SSHKeyID, where, path string) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("SSH key %s was generated on %s. %s", id, p.Account, where),
		IDs:     []tool.MadeID{{Kind: "ssh_key", ID: string(id)}, {Kind: "file", ID: path}},
	}
}

// clockSlack is how far the cloud's clock may be behind ours.
const clockSlack = 5 * time.Minute

// settle looks for the key by its name, which no other key had, and by its time:
// its fingerprint is known only from the response. It does not check whether the
// private key arrived, because it never reads the file.
func (g keyGenerator) settle(ctx context.Context, c cloud.SSHKeyGenerator, intent tool.Intent) (tool.Settlement, error) {
	all, err := allSSHKeys(ctx, c)
	if err != nil {
		return tool.Settlement{}, err
	}
	var maybe []cloud.SSHKey
	for _, key := range all {
		older := key.CreatedAt != nil && key.CreatedAt.Before(intent.SentAt.Add(-clockSlack))
		if !older && slices.Contains(intent.Plan.MadeNames, key.Name) && !slices.Contains(intent.Others, string(key.ID)) {
			maybe = append(maybe, key)
		}
	}
	switch {
	case len(maybe) == 0:
		return tool.Settlement{Finding: tool.FoundNothing}, nil
	case len(maybe) > 1, maybe[0].CreatedAt == nil:
		return unclearKeys(maybe), nil
	}
	file, err := g.files.Look(privateKeyName(intent.Plan.Account, intent.Operation))
	if err != nil {
		return tool.Settlement{}, err
	}
	where := fmt.Sprintf("The answer with its private key was lost: unless the user finds a private key in %s, nobody has it. %s", file.Path, lostKeyHint(maybe[0].ID))
	return tool.Settlement{Finding: tool.FoundDone, Made: generatedKey(intent.Plan, maybe[0].ID, where, file.Path)}, nil
}
