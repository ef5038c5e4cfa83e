package tools

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type listBackupsOutput struct {
	VMID       cloud.VMID        `json:"vm_id" jsonschema_description:"The machine."`
	Account    cloud.AccountName `json:"account" jsonschema_description:"Its account."`
	Backups    []cloud.Backup    `json:"backups" jsonschema_description:"Backups."`
	NextCursor string            `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Used       *int              `json:"used,omitempty" jsonschema_description:"How much of its quota is used."`
	Limit      *int              `json:"limit,omitempty" jsonschema_description:"Its quota; missing where not told."`
	Remaining  *int              `json:"remaining,omitempty" jsonschema_description:"How many more."`
	CanCreate  *cloud.Gate       `json:"can_create,omitempty" jsonschema_description:"Whether one can be made now."`
	CanRestore *cloud.Gate       `json:"can_restore,omitempty" jsonschema_description:"Whether one of its own can be restored now."`
	CanReceive *cloud.Gate       `json:"can_restore_from_other,omitempty" jsonschema_description:"Whether one of another machine can be put on it now."`
	Note       string            `json:"note,omitempty" jsonschema_description:"What kind of copies these are."`
}

func listBackups(env Env) *tool.Definition {
	return readVM(env, tool.Spec{
		Name:        "list_backups",
		Title:       "List backups of a VM",
		Description: "List the backups of one machine, with exact IDs, its quota, and whether another can be made or one restored now.",
		Toolset:     snapshotTools,
	}, func(ctx context.Context, c cloud.BackupLister, vm cloud.VM, in vmPageRef) (listBackupsOutput, error) {
		list, err := c.ListBackups(ctx, vm.ID)
		if err != nil {
			return listBackupsOutput{}, err
		}
		rows, next, err := cutPage(list.Backups, in.Page)
		return listBackupsOutput{
			VMID: vm.ID, Account: vm.Account, Backups: rows, NextCursor: next,
			Used: list.Used, Limit: list.Limit, Remaining: list.Remaining,
			CanCreate: list.CanCreate, CanRestore: list.CanRestore, CanReceive: list.CanRestoreFromOther, Note: list.Note,
		}, err
	})
}

type createBackupInput struct {
	vmRef
	Note string `json:"note,omitempty" jsonschema:"minLength=1,maxLength=200" jsonschema_description:"What it is of. A lost answer is settled by it: take one that no other backup has."`
}

func createBackup(env Env) *tool.Definition {
	return write[cloud.BackupCreator, createBackupInput]{kind: "backup", plan: planBackup, settle: settleBackup,
		execute: func(ctx context.Context, c cloud.BackupCreator, in createBackupInput, run tool.Run) (tool.Made, error) {
			accepted, err := c.CreateBackup(ctx, in.VMID, in.Note)
			return withJobs(begunBackup(run.Plan), accepted), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "create_backup",
		Title:       "Back up VM",
		Description: "Make a backup of a machine that lasts. It takes one slot of the machine's quota.",
		Toolset:     snapshotTools,
		Effect:      tool.Bill,
	})
}

// Labels of facts in the plan of a backup: its note, and the existing backups with
// the same note.
const (
	noteFact     = "note"
	namesakeFact = "same note"
)

func planBackup(ctx context.Context, c cloud.BackupCreator, in createBackupInput) (tool.Plan, error) {
	if err := visibleText("note", in.Note); err != nil {
		return tool.Plan{}, err
	}
	vm, list, err := copiesOf(ctx, c, in.VMID, c.ListBackups)
	if err != nil {
		return tool.Plan{}, err
	}
	consequences, err := c.CheckBackup(vm, list, in.Note)
	plan := tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Make a backup of VM %s on %s.", vm.ID, in.Account),
		Effects:      []tool.Effect{tool.Bill},
		Cost:         &tool.Cost{After: cloud.UnknownPrice("no price of a backup is known")},
		Targets:      []tool.Target{vmTarget(vm)},
		Consequences: consequences,
		Equal:        "backup of " + string(vm.ID),
		MadeKind:     "backup",
	}
	if in.Note != "" {
		plan.Facts = []cloud.Fact{{Label: noteFact, Value: in.Note}}
	}
	for _, b := range list.Backups {
		if b.Noted == in.Note { // an existing backup with the same note is not the one to be made
			plan.Facts = append(plan.Facts, cloud.Fact{Label: namesakeFact, Value: string(b.ID)})
		}
	}
	if list.Remaining != nil {
		plan.Notes = []string{fmt.Sprintf("Backups that the quota leaves before it: %d.", *list.Remaining)}
	}
	return plan, err
}

func begunBackup(p tool.Plan) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("A backup of VM %s on %s is accepted; list_backups shows it when it is there.", planned(p), p.Account),
		IDs:     madeVM(planned(p)),
	}
}

// backupSkew is how far the cloud's clock may be behind ours when we look for a
// backup whose create had no response.
const backupSkew = time.Minute

// settleBackup looks for a new backup with the note of the plan. If the plan has no
// note, or several backups match, one of them may belong to somebody else.
func settleBackup(ctx context.Context, c cloud.BackupCreator, intent tool.Intent) (tool.Settlement, error) {
	list, err := c.ListBackups(ctx, planned(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	note := plannedFact(intent.Plan, noteFact)
	var since []cloud.Backup
	for _, b := range list.Backups {
		before := slices.Contains(intent.Plan.Facts, cloud.Fact{Label: namesakeFact, Value: string(b.ID)})
		others := slices.Contains(intent.Others, string(b.ID))
		if b.Noted == note && !before && !others && (b.CreatedAt == nil || !b.CreatedAt.Before(intent.SentAt.Add(-backupSkew))) {
			since = append(since, b)
		}
	}
	switch {
	case len(since) == 1 && note != "" && since[0].CreatedAt != nil:
		made := begunBackup(intent.Plan)
		made.Summary = fmt.Sprintf("VM %s on %s has the backup.", planned(intent.Plan), intent.Plan.Account)
		made.IDs = append(made.IDs, tool.MadeID{Kind: "backup", ID: string(since[0].ID)})
		return tool.Settlement{Finding: tool.FoundDone, Made: made}, nil
	case len(since) > 0:
		return tool.Settlement{Finding: tool.FoundUnclear, Why: fmt.Sprintf("the machine has %s that may be it, a person should look: list_backups", count(len(since), "backup"))}, nil
	case list.CanCreate == nil || !list.CanCreate.Allowed:
		return tool.Settlement{Finding: tool.FoundUnclear, Why: "the backup is not there, but the machine may be busy with it: the cloud does not say that another can be made now"}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}

type restoreBackupInput struct {
	vmRef
	SourceVMID cloud.VMID     `json:"source_vm_id" jsonschema_description:"Exact ID of the machine that the backup is of; HostUp takes another than vm_id only."`
	BackupID   cloud.BackupID `json:"backup_id" jsonschema_description:"Exact ID from list_backups of source_vm_id."`
}

func restoreBackup(env Env) *tool.Definition {
	return write[cloud.BackupRestorer, restoreBackupInput]{kind: "vm", plan: planBackupRestore, settle: settleDiskRestore[cloud.BackupRestorer],
		execute: func(ctx context.Context, c cloud.BackupRestorer, in restoreBackupInput, run tool.Run) (tool.Made, error) {
			accepted, err := c.RestoreBackup(ctx, in.VMID, in.SourceVMID, in.BackupID)
			return withJobs(restoredDisk(run.Plan), accepted), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:  "restore_backup",
		Title: "Restore backup on VM",
		Description: "Replace the disk of the machine vm_id by a backup of the machine source_vm_id: all that is on vm_id is lost for ever. " +
			"A person approves it by typing the name of vm_id; then repeat the same call.",
		Toolset: snapshotTools,
		Effect:  tool.Destroy,
	})
}

func planBackupRestore(ctx context.Context, c cloud.BackupRestorer, in restoreBackupInput) (tool.Plan, error) {
	target, atTarget, err := copiesOf(ctx, c, in.VMID, c.ListBackups)
	if err != nil {
		return tool.Plan{}, err
	}
	source, atSource, err := copiesOf(ctx, c, in.SourceVMID, c.ListBackups)
	if err != nil {
		return tool.Plan{}, err
	}
	backup, err := earnBackup(in, atSource)
	if err != nil {
		return tool.Plan{}, err
	}
	consequences, err := c.CheckBackupRestore(cloud.BackupRestore{Target: target, AtTarget: atTarget, Source: source, Backup: backup})
	if err != nil {
		return tool.Plan{}, err
	}
	plan, err := planDiskRestore(ctx, c, in.vmRef, target, "a backup of VM "+string(source.ID))
	plan.Facts = append([]cloud.Fact{
		{Label: "backup", Value: string(backup.ID)}, {Label: "backup note", Value: backup.Note},
		{Label: "backup of", Value: source.Name},
	}, whenFacts("backup made", backup.CreatedAt)...)
	plan.Consequences = consequences
	return plan, err
}

// earnBackup finds a backup by its exact ID in the list of its machine.
func earnBackup(in restoreBackupInput, list cloud.BackupList) (cloud.Backup, error) {
	var all []cloud.Candidate
	for _, b := range list.Backups {
		if b.ID == in.BackupID {
			return b, nil
		}
		all = append(all, cloud.Candidate{ID: string(b.ID), Name: b.Name})
	}
	err := &cloud.Error{Kind: cloud.ErrUnknownID, Account: in.Account, Operation: "find backup", Message: "the machine source_vm_id has no backup of that ID; nothing was sent"}
	return cloud.Backup{}, notEarned(err, "backup", "list_backups", string(in.BackupID), all)
}
