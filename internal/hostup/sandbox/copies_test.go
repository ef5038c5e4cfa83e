package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
	"countersign/internal/hostup/sandbox"
)

// queued sends a request that is executed later, and does not wait for its job.
func queued(t *testing.T, s *sandbox.Sandbox, path, body string) {
	t.Helper()
	if w := send(s, "Bearer k", "POST", path, body); w.Code != http.StatusAccepted {
		t.Fatalf("POST %s %s answered %d: %s", path, body, w.Code, w.Body)
	}
}

func TestSnapshotStory(t *testing.T) {
	kit, s := newSandbox()
	server := named(t, s, sandbox.StoppedPAYG)
	id := cloud.VMID(strings.TrimPrefix(server, "/api/v2/vps/"))
	all := func() hostup.SnapshotList { return read[hostup.SnapshotList](t, s, server+"/snapshots") }

	s.WriteDisk(id, "good")
	queued(t, s, server+"/snapshots", `{"name":"one","description":null}`)
	refused(t, s, "POST", server+"/snapshots", `{"name":"two"}`, 409, "vps_not_ready")
	kit.Clock.Advance(10 * time.Second)
	queued(t, s, server+"/snapshots", `{"name":"two"}`)
	kit.Clock.Advance(10 * time.Second)
	if list := all(); len(list.Data) != 2 || list.Data[1].Name != "two" || *list.Data[1].ParentName != "one" || list.Actions[hostup.CanCreate].Allowed || !list.Actions[hostup.CanRestore].Allowed {
		t.Errorf("%+v", list)
	}
	refused(t, s, "POST", server+"/snapshots", `{"name":"three"}`, 409, "vps_not_ready")
	refused(t, s, "POST", server+"/snapshots/three/actions/restore", "", 404, "snapshot_not_found")
	refused(t, s, "POST", server+"/snapshots/one/actions/restore", `{"force":true}`, 400, "invalid_request")

	s.WriteDisk(id, "bad")
	queued(t, s, server+"/snapshots/one/actions/restore", "")
	if disk, _ := s.Disk(id); disk != "bad" {
		t.Errorf("restored before its time: %s", disk)
	}
	kit.Clock.Advance(10 * time.Second)
	if disk, _ := s.Disk(id); disk != "good" {
		t.Errorf("not restored: %s", disk)
	}
	kit.Clock.Advance(24 * time.Hour)
	if list := all(); len(list.Data) != 0 || !list.Actions[hostup.CanCreate].Allowed {
		t.Errorf("kept: %+v", list)
	}
}

func TestSnapshotBodies(t *testing.T) {
	_, s := newSandbox()
	server := named(t, s, sandbox.StoppedPAYG)
	for _, body := range []string{``, `{}`, `{"name":"a b"}`, `{"name":""}`, `{"name":7}`, `{"name":"` + strings.Repeat("a", 41) + `"}`, `{"name":"x","memory":true}`} {
		refused(t, s, "POST", server+"/snapshots", body, 400, "invalid_request")
	}
	none := named(t, s, sandbox.PoisonedVPS)
	if list := read[hostup.SnapshotList](t, s, none+"/snapshots"); *list.Available || list.Limits.TotalSnapshots != "0" || list.Reason == nil {
		t.Errorf("%+v", list)
	}
	refused(t, s, "POST", none+"/snapshots", `{"name":"x"}`, 409, "vps_not_ready")
	if list := read[hostup.SnapshotList](t, s, named(t, s, sandbox.GatelessVPS)+"/snapshots"); list.Actions != nil {
		t.Errorf("gates of a server without: %+v", list)
	}
}

func TestBackupStory(t *testing.T) {
	kit, s := newSandbox()
	source, target := named(t, s, sandbox.PlanVPS), named(t, s, sandbox.StoppedVPS)
	sourceID, targetID := cloud.VMID(strings.TrimPrefix(source, "/api/v2/vps/")), cloud.VMID(strings.TrimPrefix(target, "/api/v2/vps/"))
	s.WriteDisk(sourceID, "of the source")
	for want := 2; want <= 3; want++ {
		queued(t, s, source+"/backups", `{"note":"again"}`)
		kit.Clock.Advance(10 * time.Second)
		if list := read[hostup.BackupList](t, s, source+"/backups"); len(list.Backups) != want || *list.Backups[want-1].Note != "again" {
			t.Errorf("%+v", list)
		}
	}
	refused(t, s, "POST", source+"/backups", "", 409, "vps_not_ready")
	list := read[hostup.BackupList](t, s, source+"/backups")
	if list.QuotaInfo.Remaining != "0" || list.Actions[hostup.CanCreateBackup].Allowed {
		t.Errorf("%+v", list)
	}
	body := func(from cloud.VMID, backup cloud.BackupID) string {
		return `{"sourceVpsId":"` + string(from) + `","backupId":"` + string(backup) + `"}`
	}
	restore := "/backups/actions/restore-from-vps"
	backup := list.Backups[2].ID
	refused(t, s, "POST", source+restore, body(sourceID, backup), 400, "invalid_request")
	refused(t, s, "POST", target+restore, `{"backupId":"`+string(backup)+`"}`, 400, "invalid_request")
	refused(t, s, "POST", target+restore, body("vps_x", backup), 404, "vps_not_found")
	refused(t, s, "POST", target+restore, body(sourceID, "bkp_x"), 404, "backup_not_found")
	refused(t, s, "POST", named(t, s, sandbox.StoppedPAYG)+restore, body(sourceID, backup), 409, "target_too_small")
	refused(t, s, "POST", named(t, s, sandbox.OverdueVPS)+restore, body(sourceID, backup), 409, "vps_not_ready")
	queued(t, s, target+restore, body(sourceID, backup))
	kit.Clock.Advance(10 * time.Second)
	if disk, _ := s.Disk(targetID); disk != "of the source" {
		t.Errorf("on the target: %s", disk)
	}
}
