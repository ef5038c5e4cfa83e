package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
)

// diskBackup is a copy of the disk on other storage.
type diskBackup struct {
	id   cloud.BackupID
	note *string
	made time.Time
	disk string
	size int // of the copied disk
}

// keep adds a backup of the present disk.
func (v *server) keep(s *Sandbox, note string, at time.Time) {
	v.backups = append(v.backups, &diskBackup{cloud.BackupID(s.kit.Seed.ULID("bkp")), unlessEmpty(note), at, v.disk, v.size.storage})
}

// backupGate returns why no backup can be made now; empty where one can.
func (v *server) backupGate(now time.Time) string {
	if len(v.backups) >= v.backupLimit {
		return "The backup quota is used up."
	}
	return v.busy(now)
}

// listBackups is page "get-v2-vps-id-backups".
func (s *Sandbox) listBackups(_ *http.Request, v *server) answer {
	now := s.kit.Clock.Now()
	out := hostup.BackupList{
		Backups:   []hostup.Backup{},
		QuotaInfo: hostup.BackupQuota{Used: whole(len(v.backups)), Limit: whole(v.backupLimit), Remaining: whole(max(v.backupLimit-len(v.backups), 0))},
	}
	if !v.gateless {
		out.Actions = hostup.Gates{
			hostup.CanCreateBackup: gate(v.backupGate(now)), hostup.CanRestore: gate(v.busy(now)), hostup.CanRestoreFromAnotherVPS: gate(v.busy(now)),
		}
	}
	for _, one := range v.backups {
		file := fmt.Sprintf("vzdump-qemu-%s", one.made.UTC().Format("2006_01_02-15_04_05"))
		out.Backups = append(out.Backups, hostup.Backup{
			ID: one.id, DisplayID: file + ".vma.zst", StorageKey: "backup/" + file + ".vma.zst", CreatedAt: at(one.made),
			SizeGB: "12.4", BackupType: "manual", Note: one.note,
		})
	}
	return ok(out)
}

// createBackup is page "post-v2-vps-id-backups".
func (s *Sandbox) createBackup(r *http.Request, v *server) answer {
	f := readForm(r, "note")
	note := f.text("note")
	if f.wrong() {
		return invalid(f.issues...)
	}
	if reason := v.backupGate(s.kit.Clock.Now()); reason != "" {
		return notReady(reason)
	}
	return s.enqueue(r, v, task{name: "backup", finish: func(at time.Time) { v.keep(s, note, at) }})
}

// restoreBackup is page "post-v2-vps-id-backups-actions-restore-from-vps". The codes of
// its errors, that big enough means the disk, and that a running target is started again,
// are [inferred].
func (s *Sandbox) restoreBackup(r *http.Request, v *server) answer {
	f := readForm(r, "sourceVpsId", "backupId")
	f.require("sourceVpsId", "backupId")
	from, id := f.text("sourceVpsId"), f.text("backupId")
	if from == string(v.id) {
		f.report("sourceVpsId", "must be another VPS.", "invalid_value")
	}
	if f.wrong() {
		return invalid(f.issues...)
	}
	source := s.find(cloud.VMID(from))
	if source == nil {
		return refuse(http.StatusNotFound, "vps_not_found", "The source VPS does not exist or is not owned by the caller.")
	}
	i := slices.IndexFunc(source.backups, func(one *diskBackup) bool { return string(one.id) == id })
	if i < 0 {
		return refuse(http.StatusNotFound, "backup_not_found", "The source VPS has no such backup.")
	}
	if source.backups[i].size > v.size.storage {
		return refuse(http.StatusConflict, "target_too_small", "The disk of the VPS is too small for this backup.")
	}
	if reason := v.busy(s.kit.Clock.Now()); reason != "" {
		return notReady(reason)
	}
	return s.enqueue(r, v, v.replaceDisk("backup restore", source.backups[i].disk))
}
