package hostup_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
	"countersign/internal/hostup/sandbox"
	"countersign/internal/rest/resttest"
)

// TestStatusesOfOperations checks the errors of all operations without another test of
// them, for the statuses that the pages list for every operation: the kind, whether a
// write may have been executed, and what the hint names.
func TestStatusesOfOperations(t *testing.T) {
	ctx := t.Context()
	type client = *hostup.Client
	operations := []struct {
		name, scope, list string
		writes            bool
		send              func(client) error
	}{
		{"list VPS snapshots", "read:vm", "list_vms", false, func(c client) error { _, err := c.ListVPSSnapshots(ctx, documentedVPS); return err }},
		{"create VPS snapshot", "backup:vm", "list_snapshots", true, func(c client) error {
			_, err := c.CreateVPSSnapshot(ctx, documentedVPS, hostup.NewSnapshot{Name: "x"})
			return err
		}},
		{"restore VPS snapshot", "backup:vm", "list_snapshots", true, func(c client) error {
			_, err := c.RestoreVPSSnapshot(ctx, documentedVPS, "x")
			return err
		}},
		{"list VPS backups", "read:vm", "list_vms", false, func(c client) error { _, err := c.ListVPSBackups(ctx, documentedVPS); return err }},
		{"create VPS backup", "backup:vm", "list_backups", true, func(c client) error {
			_, err := c.CreateVPSBackup(ctx, documentedVPS, hostup.NewBackup{})
			return err
		}},
		{"restore VPS backup", "backup:vm", "list_backups", true, func(c client) error {
			_, err := c.RestoreVPSBackup(ctx, documentedVPS, hostup.BackupSource{})
			return err
		}},
		{"resize VPS", "write:billing", "list_vms", true, func(c client) error {
			_, err := c.ResizeVPS(ctx, documentedVPS, hostup.Resize{})
			return err
		}},
		{"get VPS metrics", "read:vm", "list_vms", false, func(c client) error {
			_, err := c.GetVPSMetrics(ctx, documentedVPS, cloud.MetricsHour)
			return err
		}},
		{"get VPS storage", "read:vm", "list_vms", false, func(c client) error { _, err := c.GetVPSStorage(ctx, documentedVPS); return err }},
		{"get VPS network", "read:vm", "list_vms", false, func(c client) error { _, err := c.GetVPSNetwork(ctx, documentedVPS); return err }},
		{"list VPS SSH keys", "read:vm", "list_vms", false, func(c client) error { _, err := c.ListVPSSSHKeys(ctx, documentedVPS); return err }},
		{"list cancellations", "read:services", "", false, func(c client) error { _, err := c.ListCancellations(ctx); return err }},
	}
	for _, op := range operations {
		for _, tt := range []struct {
			status int
			code   string
			kind   cloud.ErrorKind
			hint   string
		}{
			{400, "invalid_request", cloud.ErrInvalid, "Correct the fields"},
			{401, "unauthorized", cloud.ErrUnauthorized, "did not accept the API key"},
			{403, "forbidden", cloud.ErrForbidden, op.scope},
			{404, "vps_not_found", cloud.ErrUnknownID, op.list},
			{409, "vps_not_ready", cloud.ErrBlocked, "get_vm"},
			{429, "rate_limited", cloud.ErrRateLimited, "retry_after_seconds"},
			{500, "", cloud.ErrUnavailable, op.list},
			{502, "upstream_failed", cloud.ErrUnavailable, op.list},
		} {
			t.Run(fmt.Sprint(op.name, " ", tt.status), func(t *testing.T) {
				c, _ := replay(t, resttest.Example{Status: tt.status, Response: []byte(problem(tt.code, ""))})
				e := cloudError(t, op.send(c))
				if e.Kind != tt.kind || e.Operation != op.name || e.Code != tt.code || e.Ambiguous != (op.writes && tt.status >= 500) || !strings.Contains(e.Hint, tt.hint) {
					t.Errorf("%+v", e)
				}
			})
		}
	}
}

func TestCopiesInOurWords(t *testing.T) {
	w := newWorld(t)
	id := w.server(t, sandbox.PlanVPS, false)
	snapshots, err := w.provider.ListSnapshots(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	taken := time.Date(2026, 4, 27, 11, 34, 56, 0, time.UTC)
	want := []cloud.Snapshot{{ID: sandbox.SeededSnapshot, Name: sandbox.SeededSnapshot, CreatedAt: &taken, ExpiresAt: new(taken.Add(24 * time.Hour))}}
	if diff := cmp.Diff(want, snapshots.Snapshots); diff != "" || *snapshots.Free() != 1 || !snapshots.CanCreate.Allowed || !*snapshots.Available {
		t.Errorf("%+v (-want +got):\n%s", snapshots, diff)
	}
	backups, err := w.provider.ListBackups(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	one := backups.Backups[0]
	if one.Note != sandbox.SeededNote || one.SizeGB != "12.4" || one.Type != "manual" || !one.CreatedAt.Equal(taken.Add(-23*time.Hour)) || *backups.Remaining != 2 || !backups.CanRestoreFromOther.Allowed {
		t.Errorf("%+v", backups)
	}
}

// A missing value is unknown: a missing list is not empty, a missing gate is not open, and
// a missing limit is not a number.
func TestCopiesOfOddForm(t *testing.T) {
	ctx := t.Context()
	for _, body := range []string{`{}`, `{"data":null,"backups":null}`} {
		p := answering(t, http.StatusOK, nil, body)
		_, snapshots := p.ListSnapshots(ctx, documentedVPS)
		_, backups := p.ListBackups(ctx, documentedVPS)
		if !cloud.IsKind(snapshots, cloud.ErrUnavailable) || !cloud.IsKind(backups, cloud.ErrUnavailable) {
			t.Errorf("%s: %v, %v", body, snapshots, backups)
		}
	}
	p := answering(t, http.StatusOK, nil, `{"data":[],"backups":[],"limits":{"totalSnapshots":null},"quotaInfo":{"used":0,"limit":null,"remaining":null}}`)
	snapshots, err := p.ListSnapshots(ctx, documentedVPS)
	if err != nil || snapshots.Slots != nil || snapshots.Free() != nil || snapshots.Available != nil || snapshots.CanCreate != nil {
		t.Errorf("%+v, %v", snapshots, err)
	}
	consequences, err := p.CheckSnapshot(cloud.VM{}, snapshots, cloud.NewSnapshot{Name: "x"})
	if text := strings.Join(consequences, " "); err != nil || !strings.Contains(text, "is not told") || !strings.Contains(text, "shows no gate") {
		t.Errorf("%s, %v", text, err)
	}
	backups, err := p.ListBackups(ctx, documentedVPS)
	if err != nil || backups.Remaining != nil {
		t.Errorf("%+v, %v", backups, err)
	}
	consequences, err = p.CheckBackup(cloud.VM{}, backups, "")
	if text := strings.Join(consequences, " "); err != nil || !strings.Contains(text, "is not told") || !strings.Contains(text, "shows no gate") {
		t.Errorf("%s, %v", text, err)
	}
	consequences, err = p.CheckBackupRestore(cloud.BackupRestore{Target: cloud.VM{ID: "vps_a", StorageGB: new(80)}, Source: cloud.VM{ID: "vps_b"}})
	if text := strings.Join(consequences, " "); err != nil || !strings.Contains(text, "does not tell both sizes") {
		t.Errorf("%s, %v", text, err)
	}
}

// No request is sent with an ID in another form.
func TestCopiesOfNoVPS(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	id := w.server(t, sandbox.PlanVPS, false)
	for _, bad := range []cloud.VMID{"app-01", "vps_", "192.0.2.10"} {
		_, listed := w.provider.ListSnapshots(ctx, bad)
		_, taken := w.provider.CreateSnapshot(ctx, bad, cloud.NewSnapshot{Name: "x"})
		_, restored := w.provider.RestoreSnapshot(ctx, bad, "x")
		_, backups := w.provider.ListBackups(ctx, bad)
		_, kept := w.provider.CreateBackup(ctx, bad, "")
		_, to := w.provider.RestoreBackup(ctx, bad, id, "bkp_1")
		_, from := w.provider.RestoreBackup(ctx, id, bad, "bkp_1")
		for i, err := range []error{listed, taken, restored, backups, kept, to, from} {
			if !cloud.IsKind(err, cloud.ErrUnknownID) {
				t.Errorf("%s, call %d: %v", bad, i, err)
			}
		}
	}
	if wrote := w.wrote(); len(wrote) > 0 {
		t.Errorf("sent %v", wrote)
	}
}

// A machine that has been running since before a restore was sent, and is not busy, was
// not restored; anything else proves nothing.
func TestKeptDisk(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	id, stopped, gateless := w.server(t, sandbox.PlanVPS, false), w.server(t, sandbox.StoppedVPS, false), w.server(t, sandbox.GatelessVPS, false)
	now := time.Now() // uptimes are compared with this clock
	kept := func(id cloud.VMID) bool {
		t.Helper()
		kept, err := w.provider.KeptDisk(ctx, id, now)
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	w.kit.Clock.Advance(30 * time.Second)
	if kept(id) {
		t.Error("running for half a minute, which is within the clocks' difference")
	}
	w.kit.Clock.Advance(time.Hour)
	if !kept(id) || kept(stopped) || kept(gateless) {
		t.Errorf("running %v, stopped %v, without gates %v", kept(id), kept(stopped), kept(gateless))
	}
	if _, err := w.provider.RestoreSnapshot(ctx, id, sandbox.SeededSnapshot); err != nil {
		t.Fatal(err)
	}
	if kept(id) {
		t.Error("busy with a restore")
	}
	w.kit.Clock.Advance(10 * time.Second)
	if kept(id) {
		t.Error("restored")
	}
	if _, err := w.provider.KeptDisk(ctx, "app-01", now); !cloud.IsKind(err, cloud.ErrUnknownID) {
		t.Error(err)
	}
}
