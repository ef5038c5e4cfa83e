package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type renameSSHKeyInput struct {
	Account  cloud.AccountName `json:"account" jsonschema_description:"Its account."`
	SSHKeyID cloud.SSHKeyID    `json:"ssh_key_id" jsonschema_description:"Exact ID from list_ssh_keys, never a name."`
	Name     string            `json:"name" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"The new name."`
}

func (in renameSSHKeyInput) account() cloud.AccountName { return in.Account }

func renameSSHKey(env Env) *tool.Definition {
	return write[cloud.SSHKeyRenamer, renameSSHKeyInput]{kind: "ssh_key", plan: planRename, settle: settleRename,
		execute: func(ctx context.Context, c cloud.SSHKeyRenamer, in renameSSHKeyInput, run tool.Run) (tool.Made, error) {
			_, err := c.RenameSSHKey(ctx, in.SSHKeyID, in.Name)
			return renamedKey(run.Plan), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "rename_ssh_key",
		Title:       "Rename SSH key",
		Description: "Give an SSH key another name. The key itself cannot change.",
		Effect:      tool.Change,
		Idempotent:  true,
	})
}

func planRename(ctx context.Context, c cloud.SSHKeyRenamer, in renameSSHKeyInput) (tool.Plan, error) {
	if _, altered := cloud.Clean(in.Name, 0); altered {
		return tool.Plan{}, tool.Errorf(tool.CodeInvalidArguments, "Choose a name of visible characters.", "name: has control or invisible characters; nothing was sent.")
	}
	if err := c.CheckSSHKeyName(in.Name); err != nil {
		return tool.Plan{}, err
	}
	key, err := earnSSHKey(ctx, c, in.Account, in.SSHKeyID)
	if err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Rename SSH key %s on %s.", key.ID, in.Account),
		Effects: []tool.Effect{tool.Change},
		Targets: []tool.Target{keyTarget(key)},
		Changes: []tool.FieldChange{{Field: "name", Before: key.Name, After: in.Name}},
	}
	if key.Name == in.Name && !key.NameAltered {
		plan.Nothing = fmt.Sprintf("SSH key %s has this name already; nothing was sent.", key.ID)
		return plan, nil
	}
	return plan, renameGate(in.Account, key)
}

// renameGate rejects a rename that the cloud reports as not possible now. If the
// cloud does not report it, the request is sent and the cloud decides.
func renameGate(account cloud.AccountName, key cloud.SSHKey) error {
	if key.CanRename == nil || key.CanRename.Allowed {
		return nil
	}
	return &cloud.Error{
		Kind: cloud.ErrBlocked, Account: account, Operation: "rename SSH key",
		Message: "the cloud does not let this key be renamed now; nothing was sent", Code: key.CanRename.Code,
		Issues: []cloud.Issue{{Field: "can_rename", Message: key.CanRename.Reason, Code: key.CanRename.Code}},
		Hint:   "Tell the user the reason in issues; try again when it is gone.",
	}
}

func renamedKey(p tool.Plan) tool.Made {
	id := p.Targets[0].ID
	return tool.Made{
		Summary: fmt.Sprintf("Renamed SSH key %s on %s.", id, p.Account),
		IDs:     []tool.MadeID{{Kind: "ssh_key", ID: id}},
	}
}

func settleRename(ctx context.Context, c cloud.SSHKeyRenamer, intent tool.Intent) (tool.Settlement, error) {
	key, err := earnSSHKey(ctx, c, intent.Plan.Account, cloud.SSHKeyID(intent.Plan.Targets[0].ID))
	if err != nil {
		return tool.Settlement{}, err
	}
	if key.Name == intent.Plan.Changes[0].After {
		return tool.Settlement{Finding: tool.FoundDone, Made: renamedKey(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
