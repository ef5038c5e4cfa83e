package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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

// update is what the input asks for.
func (in updateVMInput) update() cloud.VMUpdate {
	var u cloud.VMUpdate
	given(&u.Name, in.Name)
	given(&u.Hostname, in.Hostname)
	given(&u.Username, in.Username)
	givenOrCleared(&u.ResourceGroupID, in.ResourceGroupID, in.ClearResourceGroup)
	givenOrCleared(&u.SSHKeyID, in.SSHKeyID, in.ClearSSHKey)
	switch {
	case in.ClearTags:
		u.Tags = &[]string{}
	case len(in.Tags) > 0:
		u.Tags = &in.Tags
	}
	return u
}

func given[T ~string](field **T, value T) {
	if value != "" {
		*field = &value
	}
}

// givenOrCleared sets a field that an empty value clears.
func givenOrCleared[T ~string](field **T, value T, clear bool) {
	if value != "" || clear {
		*field = &value
	}
}

// check refuses what says nothing or contradicts itself.
func (in updateVMInput) check() error {
	if u := in.update(); u == (cloud.VMUpdate{}) {
		return tool.Errorf(tool.CodeInvalidArguments, "Give at least one of the fields beside account and vm_id.", "There is nothing to change in this call.")
	}
	for _, pair := range []struct {
		what         string
		given, clear bool
	}{
		{"tags", len(in.Tags) > 0, in.ClearTags},
		{"resource_group_id", in.ResourceGroupID != "", in.ClearResourceGroup},
		{"ssh_key_id", in.SSHKeyID != "", in.ClearSSHKey},
	} {
		if pair.given && pair.clear {
			return tool.Errorf(tool.CodeInvalidArguments, "Give one of them.", "%s is given and to be cleared at once.", pair.what)
		}
	}
	return nil
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
		Effect:      tool.Change,
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
		Changes: vmChanges(vm, in.update()),

		Consequences: consequences,
	}
	if len(plan.Changes) == 0 {
		plan.Nothing = fmt.Sprintf("VM %s is as this call wants it already; nothing was sent.", vm.ID)
	}
	return plan, nil
}

// vmField is a field of a machine that can be changed, as it is shown.
type vmField struct {
	name string
	now  string
	want *string
}

// hostnameField is the field of which clouds may keep another case: names of hosts
// are the same in each.
const hostnameField = "hostname"

// vmFields are the fields that an update names, beside what they are now.
func vmFields(vm cloud.VM, u cloud.VMUpdate) []vmField {
	var tags *string
	if u.Tags != nil {
		text := tagText(*u.Tags)
		tags = &text
	}
	return []vmField{
		{"name", vm.Name, u.Name},
		{"tags", tagText(vm.Tags), tags},
		{hostnameField, vm.Hostname, u.Hostname},
		{"resource_group_id", string(vm.GroupID), (*string)(u.ResourceGroupID)},
		{"ssh_key_id", string(vm.SSHKeyID), (*string)(u.SSHKeyID)},
		{"username", vm.Username, u.Username},
	}
}

// vmChanges are the fields that an update would change.
func vmChanges(vm cloud.VM, u cloud.VMUpdate) []tool.FieldChange {
	var changes []tool.FieldChange
	for _, f := range vmFields(vm, u) {
		if f.want != nil && (*f.want != f.now || f.name == "name" && vm.NameAltered) {
			changes = append(changes, tool.FieldChange{Field: f.name, Before: f.now, After: *f.want})
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

func settleUpdate(ctx context.Context, c cloud.VMUpdater, intent tool.Intent) (tool.Settlement, error) {
	vm, err := c.GetVM(ctx, planned(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	settled := tool.Settlement{Finding: tool.FoundDone, Made: updatedVM(intent.Plan)}
	for _, change := range intent.Plan.Changes {
		now := fieldNow(vm, change.Field)
		switch {
		case now == change.After, change.Field == hostnameField && strings.EqualFold(now, change.After):
		case now == "" && change.Before != "":
			// A record that was there and is not shown: nobody took it away here.
			return tool.Settlement{Finding: tool.FoundUnclear, Why: "the cloud does not show the field " + change.Field + " now"}, nil
		default:
			settled = tool.Settlement{Finding: tool.FoundNothing}
		}
	}
	return settled, nil
}

// fieldNow is what a field of a machine is, as it is shown.
func fieldNow(vm cloud.VM, name string) string {
	fields := vmFields(vm, cloud.VMUpdate{})
	i := slices.IndexFunc(fields, func(f vmField) bool { return f.name == name })
	if i < 0 {
		return ""
	}
	return fields[i].now
}
