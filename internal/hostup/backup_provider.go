package hostup

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
)

var (
	_ cloud.BackupCreator  = (*Provider)(nil)
	_ cloud.BackupRestorer = (*Provider)(nil)
)

// backupNote is what page "get-v2-vps-id-backups" says about all backups.
const backupNote = "Backups are kept off-site; making one and putting it back are slower than with a snapshot."

// ListBackups implements cloud.BackupLister.
func (p *Provider) ListBackups(ctx context.Context, id cloud.VMID) (cloud.BackupList, error) {
	list, err := exactVPS(p, listBackups, id, func() (BackupList, error) { return p.client.ListVPSBackups(ctx, id) })
	if err != nil {
		return cloud.BackupList{}, err
	}
	rows, err := listed(p, listBackups, aboutVPS, List[Backup]{Data: list.Backups}, "", backup)
	if err != nil {
		return cloud.BackupList{}, err
	}
	return cloud.BackupList{
		Used: count(list.QuotaInfo.Used), Limit: count(list.QuotaInfo.Limit), Remaining: count(list.QuotaInfo.Remaining),
		CanCreate: gate(list.Actions.Get(CanCreateBackup)), CanRestore: gate(list.Actions.Get(CanRestore)),
		CanRestoreFromOther: gate(list.Actions.Get(CanRestoreFromAnotherVPS)),
		Backups:             rows.Items, Note: backupNote,
	}, nil
}

func backup(b Backup) cloud.Backup {
	out := cloud.Backup{
		ID: b.ID, Name: cloud.CleanText(b.DisplayID), CreatedAt: moment(b.CreatedAt), SizeGB: string(b.SizeGB),
		Type: cloud.CleanText(b.BackupType), Note: text(b.Note),
	}
	if b.Note != nil {
		out.Noted = *b.Note
	}
	return out
}

// CheckBackup checks the quota and the gate.
func (p *Provider) CheckBackup(_ cloud.VM, list cloud.BackupList, _ string) ([]string, error) {
	out := []string{
		"It takes one slot of the machine's quota until it is deleted, which HostUp's own site does.",
		"What it costs beyond its slot is not documented, nor whether older backups give way to it.",
	}
	switch left := list.Remaining; {
	case left == nil:
		out = append(out, "How many more backups the machine may have is not told.")
	case *left <= 0:
		return nil, p.closed(createBackup, "the machine's quota of backups is used up", "quotaInfo.remaining", "it is 0",
			"The user can delete a backup, or buy slots, at HostUp. Repeating the call does not help.")
	}
	return p.gated(createBackup, "HostUp does not let a backup be made now", CanCreateBackup, list.CanCreate, out)
}

// CreateBackup queues a backup and returns its job.
func (p *Provider) CreateBackup(ctx context.Context, id cloud.VMID, note string) (cloud.Accepted, error) {
	return p.queue(createBackup, id, func() (QueuedAction, error) { return p.client.CreateVPSBackup(ctx, id, NewBackup{Note: note}) })
}

// CheckBackupRestore checks a restore against page
// "post-v2-vps-id-backups-actions-restore-from-vps": the target is another server of
// the same owner that is big enough. The page does not define big enough; a target
// whose disk is smaller than the source's present one is refused.
func (p *Provider) CheckBackupRestore(r cloud.BackupRestore) ([]string, error) {
	if r.Source.ID == r.Target.ID {
		e := p.refuse(cloud.ErrUnsupported, restoreBackup, "how a backup is put back on its own machine was not seen in HostUp's documentation")
		e.Hint = "Give another machine as vm_id, or ask the user to restore it on HostUp's site."
		return nil, e
	}
	out := []string{
		"The machine is stopped, its disk is replaced by the backup of another machine, and its network configuration is applied anew.",
		"Everything on its disk is lost for ever.",
		"Afterwards the passwords and keys on it are those of the machine that the backup is of.",
		"Whether it is started again, and what becomes of its own snapshots, is not documented.",
	}
	switch to, from := r.Target.StorageGB, r.Source.StorageGB; {
	case to == nil || from == nil:
		out = append(out, "Whether its disk is big enough is not known: HostUp does not tell both sizes.")
	case *to < *from:
		return nil, p.closed(restoreBackup, fmt.Sprintf("the machine's disk has %d GB, that of the machine which the backup is of has %d GB", *to, *from),
			"vm_id", "its disk is too small", "Choose a machine with a disk that is as big at least.")
	}
	return p.gated(restoreBackup, "HostUp does not let a backup of another machine be put on this one now", CanRestoreFromAnotherVPS, r.AtTarget.CanRestoreFromOther, out)
}

// RestoreBackup queues the restore and returns its job.
func (p *Provider) RestoreBackup(ctx context.Context, target, source cloud.VMID, backup cloud.BackupID) (cloud.Accepted, error) {
	if err := p.checkForm(restoreBackup, aboutVPS, string(source), vpsPrefix); err != nil {
		return cloud.Accepted{}, err
	}
	return p.queue(restoreBackup, target, func() (QueuedAction, error) {
		return p.client.RestoreVPSBackup(ctx, target, BackupSource{SourceVPSID: source, BackupID: backup})
	})
}
