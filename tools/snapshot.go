package tools

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// snapshotTools is the toolset of snapshots and backups.
const snapshotTools = "snapshots"

type listSnapshotsOutput struct {
	VMID       cloud.VMID        `json:"vm_id" jsonschema_description:"The machine."`
	Account    cloud.AccountName `json:"account" jsonschema_description:"Its account."`
	Snapshots  []cloud.Snapshot  `json:"snapshots" jsonschema_description:"Snapshots."`
	NextCursor string            `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Available  *bool             `json:"available,omitempty" jsonschema_description:"Whether it can have any."`
	Reason     string            `json:"reason,omitempty" jsonschema_description:"Why not; data."`
	Slots      *int              `json:"slots,omitempty" jsonschema_description:"How many it may have; missing where not told."`
	Free       *int              `json:"free,omitempty" jsonschema_description:"How many more."`
	CanCreate  *cloud.Gate       `json:"can_create,omitempty" jsonschema_description:"Whether one can be taken now."`
	CanRestore *cloud.Gate       `json:"can_restore,omitempty" jsonschema_description:"Whether one can be restored now."`
	Note       string            `json:"note,omitempty" jsonschema_description:"What kind of copies these are."`
}

func listSnapshots(env Env) *tool.Definition {
	return readVM(env, tool.Spec{
		Name:        "list_snapshots",
		Title:       "List snapshots of a VM",
		Description: "List the snapshots of one machine, with exact IDs, when each ends, and whether another can be taken or one restored now.",
		Toolset:     snapshotTools,
	}, func(ctx context.Context, c cloud.SnapshotLister, vm cloud.VM, in vmPageRef) (listSnapshotsOutput, error) {
		list, err := c.ListSnapshots(ctx, vm.ID)
		if err != nil {
			return listSnapshotsOutput{}, err
		}
		rows, next, err := cutPage(list.Snapshots, in.Page)
		return listSnapshotsOutput{
			VMID: vm.ID, Account: vm.Account, Snapshots: rows, NextCursor: next,
			Available: list.Available, Reason: list.Reason, Slots: list.Slots, Free: list.Free(),
			CanCreate: list.CanCreate, CanRestore: list.CanRestore, Note: list.Note,
		}, err
	})
}

// copiesOf reads a machine by its exact ID, and the copies of its disk.
func copiesOf[List any](ctx context.Context, c cloud.VMReader, id cloud.VMID, list func(context.Context, cloud.VMID) (List, error)) (cloud.VM, List, error) {
	vm, err := earnVM(ctx, c, id)
	if err != nil {
		var none List
		return vm, none, err
	}
	all, err := list(ctx, vm.ID)
	return vm, all, err
}

type createSnapshotInput struct {
	vmRef
	Name        string `json:"name" jsonschema:"minLength=1,maxLength=128" jsonschema_description:"Its name, by which it is restored: HostUp takes up to 40 letters, digits, _ and -."`
	Description string `json:"description,omitempty" jsonschema:"minLength=1,maxLength=256" jsonschema_description:"What it is of."`
}

func createSnapshot(env Env) *tool.Definition {
	return write[cloud.SnapshotCreator, createSnapshotInput]{kind: "snapshot", plan: planSnapshot, settle: settleSnapshot,
		execute: func(ctx context.Context, c cloud.SnapshotCreator, in createSnapshotInput, run tool.Run) (tool.Made, error) {
			accepted, err := c.CreateSnapshot(ctx, in.VMID, cloud.NewSnapshot{Name: in.Name, Description: in.Description})
			return withJobs(takenSnapshot(run.Plan), accepted), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "create_snapshot",
		Title:       "Take snapshot of VM",
		Description: "Take a snapshot of a machine's disk, for a quick way back. At HostUp it is local and kept for about 24 hours: create_backup makes what lasts.",
		Toolset:     snapshotTools,
		Effect:      tool.Bill,
	})
}

func planSnapshot(ctx context.Context, c cloud.SnapshotCreator, in createSnapshotInput) (tool.Plan, error) {
	for _, text := range []struct{ field, value string }{{"name", in.Name}, {"description", in.Description}} {
		if err := visibleText(text.field, text.value); err != nil {
			return tool.Plan{}, err
		}
	}
	vm, list, err := copiesOf(ctx, c, in.VMID, c.ListSnapshots)
	if err != nil {
		return tool.Plan{}, err
	}
	consequences, err := c.CheckSnapshot(vm, list, cloud.NewSnapshot{Name: in.Name, Description: in.Description})
	plan := tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Take a snapshot of VM %s on %s.", vm.ID, in.Account),
		Effects:      []tool.Effect{tool.Bill},
		Cost:         &tool.Cost{After: cloud.UnknownPrice("no price of a snapshot is known")},
		Targets:      []tool.Target{vmTarget(vm)},
		Facts:        []cloud.Fact{{Label: snapshotFact, Value: in.Name}},
		Consequences: consequences,
		Equal:        "snapshot of " + string(vm.ID),
		MadeKind:     "snapshot", MadeNames: []string{in.Name},
	}
	if in.Description != "" {
		plan.Facts = append(plan.Facts, cloud.Fact{Label: "description", Value: in.Description})
	}
	if free := list.Free(); free != nil {
		plan.Notes = []string{fmt.Sprintf("Free slots for snapshots before it: %d.", *free)}
	}
	return plan, err
}

// visibleText rejects an argument with characters that people cannot see.
func visibleText(field, value string) error {
	if _, altered := cloud.Clean(value, 0); altered {
		return tool.Errorf(tool.CodeInvalidArguments, "Give visible characters only.", "%s: has control or invisible characters, or is too long; nothing was sent.", field)
	}
	return nil
}

// Labels of facts in the plan of a snapshot: its ID, and that it includes the
// memory.
const (
	snapshotFact = "snapshot"
	memoryFact   = "memory"
)

func takenSnapshot(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("A snapshot of VM %s on %s is accepted; list_snapshots shows it when it is there.", planned(p), p.Account),
		IDs:     append(madeVM(planned(p)), tool.MadeID{Kind: "snapshot", ID: plannedFact(p, snapshotFact)}),
	}
}

func settleSnapshot(ctx context.Context, c cloud.SnapshotCreator, intent tool.Intent) (tool.Settlement, error) {
	list, err := c.ListSnapshots(ctx, planned(intent.Plan))
	name := cloud.SnapshotID(plannedFact(intent.Plan, snapshotFact))
	switch {
	case err != nil:
		return tool.Settlement{}, err
	case slices.ContainsFunc(list.Snapshots, func(s cloud.Snapshot) bool { return s.ID == name }):
		return tool.Settlement{Finding: tool.FoundDone, Made: takenSnapshot(intent.Plan)}, nil
	case list.CanCreate == nil || !list.CanCreate.Allowed:
		return tool.Settlement{Finding: tool.FoundUnclear, Why: "the snapshot is not there, but the machine may be busy with it: the cloud does not say that another can be taken now"}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}

type restoreSnapshotInput struct {
	vmRef
	SnapshotID cloud.SnapshotID `json:"snapshot_id" jsonschema_description:"Exact ID from list_snapshots of this machine."`
}

func restoreSnapshot(env Env) *tool.Definition {
	return write[cloud.SnapshotRestorer, restoreSnapshotInput]{kind: "vm", plan: planSnapshotRestore, settle: settleDiskRestore[cloud.SnapshotRestorer],
		execute: func(ctx context.Context, c cloud.SnapshotRestorer, in restoreSnapshotInput, run tool.Run) (tool.Made, error) {
			accepted, err := c.RestoreSnapshot(ctx, in.VMID, in.SnapshotID)
			return withJobs(restoredDisk(run.Plan), accepted), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "restore_snapshot",
		Title:       "Restore snapshot of VM",
		Description: "Put a machine's disk back to one of its snapshots: what was written since is lost for ever. A person approves it by typing the machine's name; then repeat the same call.",
		Toolset:     snapshotTools,
		Effect:      tool.Destroy,
	})
}

func planSnapshotRestore(ctx context.Context, c cloud.SnapshotRestorer, in restoreSnapshotInput) (tool.Plan, error) {
	vm, list, err := copiesOf(ctx, c, in.VMID, c.ListSnapshots)
	if err != nil {
		return tool.Plan{}, err
	}
	snapshot, err := earnSnapshot(in, list)
	if err != nil {
		return tool.Plan{}, err
	}
	plan, err := planDiskRestore(ctx, c, in.vmRef, vm, "one of its snapshots")
	if err != nil {
		return tool.Plan{}, err
	}
	plan.Facts = []cloud.Fact{{Label: snapshotFact, Value: string(snapshot.ID)}}
	plan.Facts = append(plan.Facts, whenFacts("snapshot taken", snapshot.CreatedAt)...)
	if snapshot.IncludesMemory {
		plan.Facts = append(plan.Facts, cloud.Fact{Label: memoryFact, Value: "put back too"})
	}
	plan.Consequences, err = c.CheckSnapshotRestore(vm, list, snapshot)
	return plan, err
}

// earnSnapshot finds a snapshot by its exact ID in the list of its machine.
func earnSnapshot(in restoreSnapshotInput, list cloud.SnapshotList) (cloud.Snapshot, error) {
	var all []cloud.Candidate
	for _, s := range list.Snapshots {
		if s.ID == in.SnapshotID {
			return s, nil
		}
		all = append(all, cloud.Candidate{ID: string(s.ID), Name: s.Name})
	}
	err := &cloud.Error{Kind: cloud.ErrUnknownID, Account: in.Account, Operation: "find snapshot", Message: "the machine has no snapshot of that ID; nothing was sent"}
	return cloud.Snapshot{}, notEarned(err, "snapshot", "list_snapshots", string(in.SnapshotID), all)
}

// planDiskRestore returns the common part of the plans that replace the contents of
// a machine's disk.
func planDiskRestore(ctx context.Context, c cloud.VMReader, in vmRef, vm cloud.VM, by string) (tool.Plan, error) {
	target := vmTarget(vm)
	var err error
	target.NameShared, err = nameShared(ctx, c.ListVMs, vmSighting, target)
	return tool.Plan{
		Account: in.Account,
		Summary: fmt.Sprintf("Replace the disk of VM %s on %s by %s, for ever.", vm.ID, in.Account, by),
		Effects: []tool.Effect{tool.Disrupt, tool.Destroy},
		Targets: []tool.Target{target},
	}, err
}

func whenFacts(label string, at *time.Time) []cloud.Fact {
	if at == nil {
		return nil
	}
	return []cloud.Fact{{Label: label, Value: at.UTC().Format(time.RFC3339)}}
}

func restoredDisk(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("The restore of the disk of VM %s on %s is accepted.", planned(p), p.Account),
		IDs:     madeVM(planned(p)),
	}
}

// settleDiskRestore never finds that a restore was done, because no cloud shows the
// contents of a disk. It finds that nothing was done if the machine was running all
// the time. That does not hold if the memory was to be restored too, because the
// machine then runs on as before.
func settleDiskRestore[C cloud.VMReader](ctx context.Context, c C, intent tool.Intent) (tool.Settlement, error) {
	if keeper, ok := cloud.VMReader(c).(cloud.DiskKeeper); ok && plannedFact(intent.Plan, memoryFact) == "" {
		kept, err := keeper.KeptDisk(ctx, planned(intent.Plan), intent.SentAt)
		if err != nil {
			return tool.Settlement{}, err
		}
		if kept {
			return tool.Settlement{Finding: tool.FoundNothing}, nil
		}
	}
	return tool.Settlement{Finding: tool.FoundUnclear, Why: "the cloud does not show what is on a disk; a person has to look at the machine"}, nil
}
