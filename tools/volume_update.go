package tools

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type updateVolumeInput struct {
	Account    cloud.AccountName  `json:"account" jsonschema_description:"Its account."`
	VolumeIDs  []cloud.VolumeID   `json:"volume_ids" jsonschema:"minItems=1,maxItems=50" jsonschema_description:"Exact ID from list_volumes, never a name; several with detach_from only."`
	Name       string             `json:"name,omitempty" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"New name."`
	SizeGB     int                `json:"size_gb,omitempty" jsonschema:"minimum=1,maximum=10000000" jsonschema_description:"New size, larger than now: volumes never shrink."`
	AttachTo   []cloud.MachineRef `json:"attach_to,omitempty" jsonschema:"minItems=1,maxItems=50" jsonschema_description:"Exact IDs of machines to attach it to, beside those that have it."`
	DetachFrom []cloud.MachineRef `json:"detach_from,omitempty" jsonschema:"minItems=1,maxItems=50" jsonschema_description:"Exact IDs of machines to take it from."`
}

func (in updateVolumeInput) account() cloud.AccountName { return in.Account }

// check rejects an input that changes nothing or contradicts itself.
func (in updateVolumeInput) check() error {
	onlyDetach := in.Name == "" && in.SizeGB == 0 && len(in.AttachTo) == 0
	switch {
	case onlyDetach && len(in.DetachFrom) == 0:
		return nothingToChange("Give at least one of name, size_gb, attach_to and detach_from.")
	case len(in.VolumeIDs) > 1 && !onlyDetach:
		return tool.Errorf(tool.CodeInvalidArguments, "Make a call for each volume.", "Several volumes are taken with detach_from only; nothing was sent.")
	}
	for _, id := range in.AttachTo {
		if slices.Contains(in.DetachFrom, id) {
			return tool.Errorf(tool.CodeInvalidArguments, "Give it in one of them.", "attach_to and detach_from both name %s.", id)
		}
	}
	if _, altered := cloud.Clean(in.Name, 0); altered {
		return tool.Errorf(tool.CodeInvalidArguments, "Choose a name of visible characters.", "name: has control or invisible characters; nothing was sent.")
	}
	if err := noneTwice("attach_to", in.AttachTo); err != nil {
		return err
	}
	return noneTwice("detach_from", in.DetachFrom)
}

// update returns what the input changes on a volume in its present state.
func (in updateVolumeInput) update(v cloud.Volume) cloud.VolumeUpdate {
	var u cloud.VolumeUpdate
	if in.Name != "" && (in.Name != v.Name || v.NameAltered) {
		u.Name = &in.Name
	}
	if in.SizeGB != 0 && (v.SizeGB == nil || *v.SizeGB != in.SizeGB) {
		u.SizeGB = &in.SizeGB
	}
	for _, id := range in.AttachTo {
		if !slices.Contains(v.AttachedTo, id) {
			u.Attach = append(u.Attach, id)
		}
	}
	for _, id := range in.DetachFrom {
		if slices.Contains(v.AttachedTo, id) {
			u.Detach = append(u.Detach, id)
		}
	}
	return u
}

func updateVolume(env Env) *tool.Definition {
	return write[cloud.VolumeUpdater, updateVolumeInput]{kind: "volume", plan: planVolumeUpdate, execute: executeVolumeUpdate, settle: settleVolumeUpdate}.on(env.Accounts, tool.Spec{
		Name:  "update_volume",
		Title: "Update volume",
		Description: "Grow, rename, attach or detach a volume, or detach several at once. The plan shows what is attached and detached, and from which running machine. " +
			"A person approves what costs or takes storage from a machine that may run; then repeat the same call.",
		Toolset:    volumesToolset,
		Effect:     tool.Bill,
		Least:      tool.Change,
		Idempotent: true,
	})
}

func planVolumeUpdate(ctx context.Context, c cloud.VolumeUpdater, in updateVolumeInput) (tool.Plan, error) {
	if err := in.check(); err != nil {
		return tool.Plan{}, err
	}
	volumes, err := earnVolumes(ctx, c, in.VolumeIDs)
	if err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Change %s on %s.", volumeNames(volumes), in.Account),
		Effects: []tool.Effect{tool.Change},
	}
	p := volumePlanner{in: in, cloud: c, machines: volumeMachines(c), plan: &plan}
	if err := p.earnMachines(ctx, volumes); err != nil {
		return tool.Plan{}, err
	}
	for _, v := range volumes {
		if err := p.add(ctx, v); err != nil {
			return tool.Plan{}, err
		}
	}
	if len(plan.Changes) == 0 {
		plan.Nothing = fmt.Sprintf("%s on %s: as this call wants it already; nothing was sent.", volumeNames(volumes), in.Account)
	}
	return plan, nil
}

// volumePlanner builds the plan of an update, volume by volume.
type volumePlanner struct {
	in       updateVolumeInput
	cloud    cloud.VolumeUpdater
	machines machineReader
	plan     *tool.Plan
}

// earnMachines confirms every named machine: either a volume is attached to it, or
// it can be read.
func (p *volumePlanner) earnMachines(ctx context.Context, volumes []cloud.Volume) error {
	for _, id := range slices.Concat(p.in.AttachTo, p.in.DetachFrom) {
		if slices.ContainsFunc(volumes, func(v cloud.Volume) bool { return slices.Contains(v.AttachedTo, id) }) {
			continue
		}
		if _, err := p.machines.read(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// add adds the changes of one volume. A volume without changes is still a target.
func (p *volumePlanner) add(ctx context.Context, v cloud.Volume) error {
	update := p.in.update(v)
	p.plan.Targets = append(p.plan.Targets, volumeTarget(v))
	if update.Empty() {
		return nil
	}
	if err := p.grows(v, update); err != nil {
		return err
	}
	after, err := p.cloud.PlanVolumeUpdate(ctx, v, update)
	if err != nil {
		return err
	}
	p.plan.Changes = append(p.plan.Changes, volumeChanges(v, update, len(p.in.VolumeIDs) > 1)...)
	p.plan.Consequences = addOnce(p.plan.Consequences, after.Consequences...)
	if update.SizeGB != nil {
		before := v.Price
		p.plan.Cost = &tool.Cost{Before: &before, After: after.Price}
	}
	return p.showMachines(ctx, v, update)
}

// grows rejects shrinking a volume, and growing one of unknown size.
func (p *volumePlanner) grows(v cloud.Volume, u cloud.VolumeUpdate) error {
	switch {
	case u.SizeGB == nil:
		return nil
	case v.SizeGB == nil:
		return tool.Errorf(tool.CodeNotPossible, "Tell the user; the cloud's own console may tell the size.", "The cloud does not tell how large volume %s is, so that nobody can say whether it would grow; nothing was sent.", v.ID)
	case *u.SizeGB < *v.SizeGB:
		return tool.Errorf(tool.CodeNotPossible, "Data would be lost. To have less, create a smaller volume, copy what is needed and delete this one.",
			"Volume %s has %d GB and cannot shrink to %d GB; nothing was sent.", v.ID, *v.SizeGB, *u.SizeGB)
	}
	p.plan.Effects = append(p.plan.Effects, tool.Bill)
	return nil
}

// showMachines adds the machines to attach to and to detach from, and the
// consequences there. Facts of a plan bind the approval, so the power state does
// too.
func (p *volumePlanner) showMachines(ctx context.Context, v cloud.Volume, u cloud.VolumeUpdate) error {
	for _, id := range u.Attach {
		m, err := p.machines.read(ctx, id)
		if err != nil {
			return err
		}
		p.plan.Facts = append(p.plan.Facts, cloud.Fact{Label: "attach to", Value: m.text()})
	}
	for _, id := range u.Detach {
		m, err := p.machines.attached(ctx, id)
		if err != nil {
			return err
		}
		p.plan.Facts = append(p.plan.Facts, cloud.Fact{Label: "detach " + string(v.ID) + " from", Value: m.text()})
		if !m.mayRun() {
			continue
		}
		if !slices.Contains(p.plan.Effects, tool.Disrupt) {
			p.plan.Effects = append(p.plan.Effects, tool.Disrupt)
		}
		p.plan.Consequences = addOnce(p.plan.Consequences,
			fmt.Sprintf("Machine %s %s: what uses volume %s there fails at once; unmount it first.", id, m.runs(), v.ID))
	}
	return nil
}

// attachedField returns the name of the field for attachments; it contains the ID
// if the call changes several volumes.
func attachedField(id string, several bool) string {
	if several {
		return "attached_to of " + id
	}
	return "attached_to"
}

// volumeChanges returns the fields that an update changes.
func volumeChanges(v cloud.Volume, u cloud.VolumeUpdate, several bool) []tool.FieldChange {
	var changes []tool.FieldChange
	add := func(field, before, after string) {
		changes = append(changes, tool.FieldChange{Field: field, Before: before, After: after})
	}
	if u.Name != nil {
		add("name", v.Name, *u.Name)
	}
	if u.SizeGB != nil && v.SizeGB != nil {
		add("size_gb", strconv.Itoa(*v.SizeGB), strconv.Itoa(*u.SizeGB))
	}
	if len(u.Attach)+len(u.Detach) > 0 {
		add(attachedField(string(v.ID), several), attachedText(v.AttachedTo), attachedText(u.Attached(v.AttachedTo)))
	}
	return changes
}

// attachedText lists machines in a fixed order, because clouds do not keep one.
func attachedText(ids []cloud.MachineRef) string {
	sorted := make([]string, 0, len(ids))
	for _, id := range ids {
		sorted = append(sorted, string(id))
	}
	slices.Sort(sorted)
	return strings.Join(sorted, ", ")
}

// executeVolumeUpdate reads each volume again, because a set of attachments that is
// replaced has to be the approved one.
func executeVolumeUpdate(ctx context.Context, c cloud.VolumeUpdater, in updateVolumeInput, run tool.Run) (tool.Made, error) {
	several := len(in.VolumeIDs) > 1
	updates := map[cloud.VolumeID]cloud.VolumeUpdate{}
	volumes := map[cloud.VolumeID]cloud.Volume{}
	var changed []cloud.VolumeID
	var changes []tool.FieldChange
	for _, id := range in.VolumeIDs {
		v, err := c.GetVolume(ctx, id)
		if err != nil {
			return tool.Made{}, err
		}
		volumes[id], updates[id] = v, in.update(v)
		changes = append(changes, volumeChanges(v, updates[id], several)...)
		if !updates[id].Empty() {
			changed = append(changed, id)
		}
	}
	if !slices.Equal(changes, run.Plan.Changes) {
		return tool.Made{}, tool.Errorf(tool.CodeDrift, "Call again: a person is asked about how things are now.", "What it is about changed at this very moment; nothing was sent.")
	}
	bulk, inOne := c.(cloud.VolumeBulkDetacher)
	if several && inOne {
		return detachInOne(ctx, bulk, in.Account, changed)
	}
	all, err := severally(changed, func(id cloud.VolumeID) (cloud.Accepted, error) { return c.UpdateVolume(ctx, volumes[id], updates[id]) })
	if err != nil {
		return tool.Made{}, err
	}
	return made(deed{"volume", "change", "changed", in.Account}, all)
}

// detachInOne detaches volumes in one request.
func detachInOne(ctx context.Context, c cloud.VolumeBulkDetacher, account cloud.AccountName, ids []cloud.VolumeID) (tool.Made, error) {
	results, err := c.DetachVolumes(ctx, ids)
	if err != nil {
		return tool.Made{}, err
	}
	var all []outcome[cloud.VolumeID]
	for i, r := range results {
		all = append(all, outcome[cloud.VolumeID]{ids[i], r.Accepted, r.Err})
	}
	return made(deed{"volume", "detach", "detached", account}, all)
}

// settleVolumeUpdate compares each volume with its planned state.
func settleVolumeUpdate(ctx context.Context, c cloud.VolumeUpdater, intent tool.Intent) (tool.Settlement, error) {
	several := len(intent.Plan.Targets) > 1
	var done []tool.MadeID
	var not []string
	for _, t := range intent.Plan.Targets {
		if several && !slices.ContainsFunc(intent.Plan.Changes, func(f tool.FieldChange) bool { return f.Field == attachedField(t.ID, true) }) {
			continue // this volume was not to change
		}
		v, err := c.GetVolume(ctx, cloud.VolumeID(t.ID))
		if err != nil {
			return tool.Settlement{}, err
		}
		if isAsPlanned(v, intent.Plan.Changes, several) {
			done = append(done, tool.MadeID{Kind: "volume", ID: t.ID})
		} else {
			not = append(not, t.ID)
		}
	}
	if len(done) == 0 {
		return tool.Settlement{Finding: tool.FoundNothing}, nil
	}
	settled := tool.Settlement{Finding: tool.FoundDone, Made: tool.Made{Summary: fmt.Sprintf("%s: %s changed.", intent.Plan.Account, count(len(done), "volume")), IDs: done}}
	if len(not) > 0 {
		settled.Made.Shortfall = fmt.Sprintf("The answer was lost on the way; not changed when the cloud was asked: %s.", strings.Join(not, ", "))
	}
	return settled, nil
}

// isAsPlanned reports whether a volume has the values that the changes of a plan
// set.
func isAsPlanned(v cloud.Volume, changes []tool.FieldChange, several bool) bool {
	now := map[string]string{"name": v.Name, attachedField(string(v.ID), several): attachedText(v.AttachedTo)}
	if v.SizeGB != nil {
		now["size_gb"] = strconv.Itoa(*v.SizeGB)
	}
	for _, change := range changes {
		is, mine := now[change.Field]
		if mine && is != change.After {
			return false
		}
	}
	return true
}
