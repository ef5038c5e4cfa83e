package tools

import (
	"context"
	"encoding/json"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

type updateVMInput struct {
	vmRef
	Name      string   `json:"name,omitempty" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"New name; left as it is unless given."`
	Tags      []string `json:"tags,omitempty" jsonschema:"minItems=1,maxItems=50" jsonschema_description:"Replaces all tags; left as they are unless given."`
	ClearTags bool     `json:"clear_tags,omitempty" jsonschema_description:"Remove all tags. Not together with tags."`
}

// update is what the input asks for.
func (in updateVMInput) update() cloud.VMUpdate {
	var u cloud.VMUpdate
	if in.Name != "" {
		u.Name = &in.Name
	}
	switch {
	case in.ClearTags:
		u.Tags = &[]string{}
	case len(in.Tags) > 0:
		u.Tags = &in.Tags
	}
	return u
}

func updateVM(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.VMUpdater](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewWrite(tool.Spec{
		Name:        "update_vm",
		Title:       "Rename or tag VM",
		Description: "Change the name or the tags of a machine. What is not given stays as it is; tags replace the whole list.",
		Effect:      tool.Change,
		Idempotent:  true,
		Schema:      []schema.Option{schema.Enum("account", names(accounts)...)},
	}, tool.Writer[updateVMInput]{
		Account: func(in updateVMInput) cloud.AccountName { return in.Account },
		Plan: func(ctx context.Context, in updateVMInput) (tool.Plan, error) {
			return planUpdate(ctx, accounts, in)
		},
		Execute: func(ctx context.Context, in updateVMInput, run tool.Run) (tool.Made, error) {
			c, err := find(accounts, in.Account)
			if err != nil {
				return tool.Made{}, err
			}
			if err := c.UpdateVM(ctx, in.VMID, in.update()); err != nil {
				return tool.Made{}, err
			}
			return updatedVM(run.Plan), nil
		},
		Settle: func(ctx context.Context, intent tool.Intent) (tool.Settlement, error) {
			return settleUpdate(ctx, accounts, intent)
		},
	})
}

func planUpdate(ctx context.Context, accounts []cloud.Capable[cloud.VMUpdater], in updateVMInput) (tool.Plan, error) {
	if in.Name == "" && len(in.Tags) == 0 && !in.ClearTags {
		return tool.Plan{}, tool.Errorf(tool.CodeInvalidArguments, "Give name, tags or clear_tags.", "There is nothing to change in this call.")
	}
	if in.ClearTags && len(in.Tags) > 0 {
		return tool.Plan{}, tool.Errorf(tool.CodeInvalidArguments, "Give one of them.", "tags and clear_tags contradict each other.")
	}
	c, err := find(accounts, in.Account)
	if err != nil {
		return tool.Plan{}, err
	}
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	if err := c.CheckVMUpdate(vm, in.update()); err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Change the name or tags of VM %s on %s.", vm.ID, in.Account),
		Effects: []tool.Effect{tool.Change},
		Targets: []tool.Target{vmTarget(vm)},
		Changes: vmChanges(vm, in.update()),
	}
	if len(plan.Changes) == 0 {
		plan.Nothing = fmt.Sprintf("VM %s has this name and these tags already; nothing was sent.", vm.ID)
	}
	return plan, nil
}

// vmChanges are the fields that an update would change.
func vmChanges(vm cloud.VM, u cloud.VMUpdate) []tool.FieldChange {
	var changes []tool.FieldChange
	if u.Name != nil && (*u.Name != vm.Name || vm.NameAltered) {
		changes = append(changes, tool.FieldChange{Field: "name", Before: vm.Name, After: *u.Name})
	}
	if u.Tags != nil {
		if before, after := tagText(vm.Tags), tagText(*u.Tags); before != after {
			changes = append(changes, tool.FieldChange{Field: "tags", Before: before, After: after})
		}
	}
	return changes
}

func tagText(tags []string) string {
	if len(tags) == 0 {
		return "[]"
	}
	raw, err := json.Marshal(tags)
	if err != nil {
		return fmt.Sprint(tags)
	}
	return string(raw)
}

func updatedVM(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("Changed VM %s on %s.", planned(p), p.Account),
		IDs:     madeVM(planned(p)),
	}
}

func settleUpdate(ctx context.Context, accounts []cloud.Capable[cloud.VMUpdater], intent tool.Intent) (tool.Settlement, error) {
	c, err := find(accounts, intent.Plan.Account)
	if err != nil {
		return tool.Settlement{}, err
	}
	vm, err := c.GetVM(ctx, planned(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	for _, change := range intent.Plan.Changes {
		now := vm.Name
		if change.Field == "tags" {
			now = tagText(vm.Tags)
		}
		if now != change.After {
			return tool.Settlement{Finding: tool.FoundNothing}, nil
		}
	}
	return tool.Settlement{Finding: tool.FoundDone, Made: updatedVM(intent.Plan)}, nil
}
