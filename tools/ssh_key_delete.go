package tools

import (
	"context"
	"fmt"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

func deleteSSHKey(env Env) *tool.Definition {
	return write[cloud.SSHKeyDeleter, sshKeyRef]{kind: "ssh_key", plan: planDeleteKey, settle: settleDeleteKey,
		execute: func(ctx context.Context, c cloud.SSHKeyDeleter, in sshKeyRef, run tool.Run) (tool.Made, error) {
			return deletedKey(run.Plan), c.DeleteSSHKey(ctx, in.SSHKeyID)
		},
	}.on(env.Accounts, tool.Spec{
		Name:    "delete_ssh_key",
		Title:   "Delete SSH key",
		Toolset: sshKeysToolset,
		Description: "Delete a public SSH key from an account. It is no revocation: machines that have the key keep it. " +
			"A person approves it by typing its name; then repeat the same call.",
		Effect:     tool.Destroy,
		Idempotent: true,
	})
}

func planDeleteKey(ctx context.Context, c cloud.SSHKeyDeleter, in sshKeyRef) (tool.Plan, error) {
	key, err := earnSSHKey(ctx, c, in.Account, in.SSHKeyID)
	if err != nil {
		return tool.Plan{}, err
	}
	all, err := allSSHKeys(ctx, c)
	if err != nil {
		return tool.Plan{}, err
	}
	consequences, err := c.PlanSSHKeyDeletion(ctx, key.ID)
	if err != nil {
		return tool.Plan{}, err
	}
	target := keyTarget(key)
	target.NameShared = slices.ContainsFunc(all, func(other cloud.SSHKey) bool { return other.Name == key.Name && other.ID != key.ID })
	return tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Delete SSH key %s from %s.", key.ID, in.Account),
		Effects:      []tool.Effect{tool.Destroy},
		Targets:      []tool.Target{target},
		Consequences: consequences,
	}, nil
}

func deletedKey(p tool.Plan) tool.Made {
	id := p.Targets[0].ID
	return tool.Made{
		Summary: fmt.Sprintf("Deleted SSH key %s from %s. Machines that have it keep it.", id, p.Account),
		IDs:     []tool.MadeID{{Kind: "ssh_key", ID: id}},
	}
}

func settleDeleteKey(ctx context.Context, c cloud.SSHKeyDeleter, intent tool.Intent) (tool.Settlement, error) {
	all, err := allSSHKeys(ctx, c)
	switch {
	case err != nil:
		return tool.Settlement{}, err
	case slices.ContainsFunc(all, func(k cloud.SSHKey) bool { return string(k.ID) == intent.Plan.Targets[0].ID }):
		return tool.Settlement{Finding: tool.FoundNothing}, nil
	}
	return tool.Settlement{Finding: tool.FoundDone, Made: deletedKey(intent.Plan)}, nil
}
