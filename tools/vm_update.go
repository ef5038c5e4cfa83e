package tools

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type updateVMInput struct {
	vmRef
	Name               string                `json:"name,omitempty" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"New name."`
	Tags               []string              `json:"tags,omitempty" jsonschema:"minItems=1,maxItems=50" jsonschema_description:"Replaces all tags."`
	ClearTags          bool                  `json:"clear_tags,omitempty" jsonschema_description:"Remove all tags."`
	Hostname           string                `json:"hostname,omitempty" jsonschema:"minLength=1,maxLength=253" jsonschema_description:"New host name."`
	ResourceGroupID    cloud.ResourceGroupID `json:"resource_group_id,omitempty" jsonschema_description:"Exact ID from list_resource_groups."`
	ClearResourceGroup bool                  `json:"clear_resource_group,omitempty" jsonschema_description:"Take it out of its group."`
	SSHKeyID           cloud.SSHKeyID        `json:"ssh_key_id,omitempty" jsonschema_description:"Exact ID from list_ssh_keys."`
	ClearSSHKey        bool                  `json:"clear_ssh_key,omitempty" jsonschema_description:"Clear the key on record."`
	Username           string                `json:"username,omitempty" jsonschema:"minLength=1,maxLength=64" jsonschema_description:"New user name on record."`
}

// update returns the update that the input describes.
func (in updateVMInput) update() cloud.VMUpdate {
	var u cloud.VMUpdate
	given(&u.Name, in.Name)
	given(&u.Hostname, in.Hostname)
	given(&u.Username, in.Username)
	givenOrCleared(&u.ResourceGroupID, in.ResourceGroupID, in.ClearResourceGroup)
	givenOrCleared(&u.SSHKeyID, in.SSHKeyID, in.ClearSSHKey)
	u.Tags = tagsGivenOrCleared(in.Tags, in.ClearTags)
	return u
}

// check rejects an input that changes nothing or contradicts itself.
func (in updateVMInput) check() error {
	if in.update() == (cloud.VMUpdate{}) {
		return nothingToChange("Give at least one of the fields beside account and vm_id.")
	}
	return cmp.Or(
		notBoth("tags", len(in.Tags) > 0, in.ClearTags),
		notBoth("resource_group_id", in.ResourceGroupID != "", in.ClearResourceGroup),
		notBoth("ssh_key_id", in.SSHKeyID != "", in.ClearSSHKey),
	)
}

func updateVM(env Env) *tool.Definition {
	return write[cloud.VMUpdater, updateVMInput]{kind: "vm", plan: planUpdate, settle: settleUpdate,
		execute: func(ctx context.Context, c cloud.VMUpdater, in updateVMInput, run tool.Run) (tool.Made, error) {
			return updatedVM(run.Plan), c.UpdateVM(ctx, in.VMID, in.update())
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "update_vm",
		Title:       "Update VM",
		Description: "Change the name, tags or other records of a machine. What is not given stays as it is; what its cloud cannot change is refused with what it can.",
		Effect:      tool.Disrupt,
		Idempotent:  true,
	})
}

func planUpdate(ctx context.Context, c cloud.VMUpdater, in updateVMInput) (tool.Plan, error) {
	if err := in.check(); err != nil {
		return tool.Plan{}, err
	}
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	consequences, err := c.PlanVMUpdate(ctx, vm, in.update())
	if err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Change what is on record of VM %s on %s.", vm.ID, in.Account),
		Effects: []tool.Effect{tool.Change},
		Targets: []tool.Target{vmTarget(vm)},
		Changes: vmRecord(vm, in.update()).changes(),

		Consequences: consequences,
	}
	if in.ResourceGroupID != "" && in.ResourceGroupID != vm.GroupID {
		plan.Effects = append(plan.Effects, tool.Disrupt)
		plan.Opens = []string{"The machine to the members of resource group " + string(in.ResourceGroupID) + "."}
	}
	if len(plan.Changes) == 0 {
		plan.Nothing = fmt.Sprintf("VM %s is as this call wants it already; nothing was sent.", vm.ID)
	}
	return plan, nil
}

// hostnameField is compared without regard to case: clouds may change the case of a
// host name.
const hostnameField = "hostname"

// vmRecord returns the fields that an update names, with their present values.
func vmRecord(vm cloud.VM, u cloud.VMUpdate) record {
	return record{
		{name: "name", now: vm.Name, want: u.Name, altered: vm.NameAltered},
		tagField(vm.Tags, u.Tags),
		{name: hostnameField, now: vm.Hostname, want: u.Hostname},
		{name: "resource_group_id", now: string(vm.GroupID), want: (*string)(u.ResourceGroupID)},
		{name: "ssh_key_id", now: string(vm.SSHKeyID), want: (*string)(u.SSHKeyID)},
		{name: "username", now: vm.Username, want: u.Username},
	}
}

func updatedVM(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("Changed VM %s on %s.", planned(p), p.Account),
		IDs:     madeVM(planned(p)),
	}
}

func settleUpdate(ctx context.Context, c cloud.VMUpdater, intent tool.Intent) (tool.Settlement, error) {
	vm, err := c.GetVM(ctx, planned(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	fields := vmRecord(vm, cloud.VMUpdate{})
	settled := tool.Settlement{Finding: tool.FoundDone, Made: updatedVM(intent.Plan)}
	for _, change := range intent.Plan.Changes {
		now := fields.now(change.Field)
		switch {
		case now == change.After, change.Field == hostnameField && strings.EqualFold(now, change.After):
		case now == "" && change.Before != "":
			// The cloud no longer shows a field that it showed before; this call
			// did not remove it.
			return tool.Settlement{Finding: tool.FoundUnclear, Why: "the cloud does not show the field " + change.Field + " now"}, nil
		default:
			settled = tool.Settlement{Finding: tool.FoundNothing}
		}
	}
	return settled, nil
}
