package tools

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// passwordLength is the length of a password if the cloud accepts as many
// characters.
const passwordLength = 20

type generatePasswordInput struct {
	Account cloud.AccountName `json:"account" jsonschema_description:"The account whose rules it has to keep."`
}

func (in generatePasswordInput) account() cloud.AccountName { return in.Account }

// passwordMaker generates passwords and saves them to files.
type passwordMaker struct{ files tool.SecretFiles }

func generatePassword(env Env) *tool.Definition {
	if env.Files == nil {
		return nil
	}
	m := passwordMaker{env.Files}
	return write[cloud.PasswordRuler, generatePasswordInput]{kind: "file", plan: m.plan, execute: m.make, settle: m.settle}.on(env.Accounts, tool.Spec{
		Name:    "generate_password",
		Title:   "Generate password",
		Toolset: secretsToolset,
		Description: "Make a random password that the cloud takes for a new machine, and save it in a file that only the user of this machine can read; the result is its path, never the password. " +
			"No tool takes the file: the user creates the machine from a terminal with countersign call create_vm and, in the machine's block, password=\"$(cat FILE)\". Prefer SSH keys.",
		Effect: tool.Change,
	})
}

func (passwordMaker) plan(_ context.Context, _ cloud.PasswordRuler, in generatePasswordInput) (tool.Plan, error) {
	return tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Make a password by the rules of %s and save it in a file of this machine.", in.Account),
		Effects:      []tool.Effect{tool.Change},
		Consequences: []string{"Nothing is sent to the cloud."},
	}, nil
}

func (m passwordMaker) make(_ context.Context, c cloud.PasswordRuler, in generatePasswordInput, run tool.Run) (tool.Made, error) {
	password, err := newPassword(c.PasswordRule())
	if err != nil {
		return tool.Made{}, err
	}
	path, err := m.files.Write(passwordName(in.Account, run.Operation), password, false)
	if err != nil {
		return tool.Made{}, unsaved(err, "No password was made.")
	}
	return savedPassword(run.Plan, path), nil
}

// newPassword returns a password with one character of each class at a random
// position, and random characters elsewhere.
func newPassword(rule cloud.PasswordRule) (cloud.Secret, error) {
	const upper, lower, digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
	length := max(passwordLength, rule.MinLength)
	if rule.MaxLength > 0 {
		length = min(length, rule.MaxLength)
	}
	classes := []string{upper, lower, digits, rule.Symbols}
	if length < len(classes) || length < rule.MinLength || rule.Symbols == "" {
		return cloud.Secret{}, fmt.Errorf("no password keeps the rule %+v", rule)
	}
	password := make([]byte, 0, length)
	for i := range length {
		from := upper + lower + digits + rule.Symbols
		if i < len(classes) {
			from = classes[i]
		}
		password = append(password, from[below(len(from))])
	}
	for i := length - 1; i > 0; i-- {
		j := below(i + 1)
		password[i], password[j] = password[j], password[i]
	}
	return cloud.NewSecret(string(password)), nil
}

// below returns a uniform random number from 0 to n-1.
func below(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic("the system has no randomness: " + err.Error()) // crypto/rand never fails
	}
	return int(i.Int64())
}

func passwordName(account cloud.AccountName, operation string) tool.SecretName {
	return tool.NewSecretName("password", account, tool.OperationID(operation), ".txt")
}

func savedPassword(p tool.Plan, path string) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("A password for %s is in %s; only the user of this machine can read it.", p.Account, path),
		IDs:     []tool.MadeID{{Kind: "file", ID: path}},
	}
}

// settle checks whether the file exists: no other operation has the same file name.
func (m passwordMaker) settle(_ context.Context, _ cloud.PasswordRuler, intent tool.Intent) (tool.Settlement, error) {
	file, err := m.files.Look(passwordName(intent.Plan.Account, intent.Operation))
	switch {
	case err != nil:
		return tool.Settlement{}, err
	case file.Exists():
		return tool.Settlement{Finding: tool.FoundDone, Made: savedPassword(intent.Plan, file.Path)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
