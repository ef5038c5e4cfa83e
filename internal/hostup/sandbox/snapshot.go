package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
)

// copies are the snapshots and backups of a server, with their limits.
type copies struct {
	snapshotSlots int
	snapshots     []*diskSnapshot
	backupLimit   int
	backups       []*diskBackup
}

// diskSnapshot is the content of the disk at a time.
type diskSnapshot struct {
	name        cloud.SnapshotID
	description *string
	taken       time.Time
	disk        string
}

// snapshotsLast is how long a snapshot is kept, as in the sample of page
// "get-v2-vps-id-snapshots".
const snapshotsLast = 24 * time.Hour

func (c *copies) expireSnapshots(now time.Time) {
	c.snapshots = slices.DeleteFunc(c.snapshots, func(one *diskSnapshot) bool { return !now.Before(one.taken.Add(snapshotsLast)) })
}

// The names of the account's initial copies: one snapshot of PlanVPS, and as many as fit
// of the plan's server called TwinVPS.
const (
	SeededSnapshot = "before-upgrade"
	SeededNote     = "Before upgrade"
)

// seedCopies adds copies of some servers; the poisoned one cannot have any.
func (s *Sandbox) seedCopies() {
	now := s.kit.Clock.Now()
	for _, v := range s.servers {
		switch {
		case v.name == PlanVPS:
			v.take(SeededSnapshot, nil, now.Add(-time.Hour))
			v.keep(s, SeededNote, now.AddDate(0, 0, -1))
		case v.name == TwinVPS && !v.payg:
			v.take("one", nil, now.Add(-2*time.Hour))
			v.take("two", unlessEmpty("of the morning"), now.Add(-time.Hour))
			for range v.backupLimit {
				v.keep(s, "", now.AddDate(0, 0, -1))
			}
		case v.name == PoisonedVPS:
			v.copies = copies{}
		}
	}
}

// take adds a snapshot of the present disk.
func (v *server) take(name cloud.SnapshotID, description *string, at time.Time) {
	v.snapshots = append(v.snapshots, &diskSnapshot{name, description, at, v.disk})
}

// noSlots is why a server without slots has no snapshots.
const noSlots = "The plan includes no snapshots."

// snapshotGate returns why no snapshot can be taken now; empty where one can.
func (v *server) snapshotGate(now time.Time) string {
	switch {
	case v.snapshotSlots == 0:
		return noSlots
	case len(v.snapshots) >= v.snapshotSlots:
		return "All snapshot slots are used."
	}
	return v.busy(now)
}

// listSnapshots is page "get-v2-vps-id-snapshots"; the order is [inferred].
func (s *Sandbox) listSnapshots(_ *http.Request, v *server) answer {
	now := s.kit.Clock.Now()
	out := hostup.SnapshotList{
		Data: []hostup.Snapshot{}, Limits: hostup.SnapshotLimits{TotalSnapshots: whole(v.snapshotSlots)},
		Available: new(v.snapshotSlots > 0),
	}
	if v.snapshotSlots == 0 {
		out.Reason = unlessEmpty(noSlots)
	}
	if !v.gateless {
		out.Actions = hostup.Gates{hostup.CanCreate: gate(v.snapshotGate(now)), hostup.CanRestore: gate(v.busy(now))}
	}
	for i, one := range v.snapshots {
		row := hostup.Snapshot{
			DisplayID: string(one.name), Name: one.name, Description: one.description,
			CreatedAt: at(one.taken), ExpiresAt: at(one.taken.Add(snapshotsLast)),
		}
		if i > 0 {
			row.ParentName = &v.snapshots[i-1].name
		}
		out.Data = append(out.Data, row)
	}
	return ok(out)
}

var snapshotName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// createSnapshot is page "post-v2-vps-id-snapshots". That names are unique, and the errors
// for a closed gate, are [inferred].
func (s *Sandbox) createSnapshot(r *http.Request, v *server) answer {
	f := readForm(r, "name", "description")
	f.require("name")
	name := f.text("name")
	switch {
	case name == "":
	case !snapshotName.MatchString(name):
		f.report("name", "must be 1 to 40 letters, digits, _ and -.", "invalid_format")
	case slices.ContainsFunc(v.snapshots, func(one *diskSnapshot) bool { return string(one.name) == name }):
		f.report("name", "is the name of another snapshot.", "duplicate")
	}
	var description *string
	if string(f.fields["description"]) != "null" {
		description = unlessEmpty(f.text("description"))
	}
	if f.wrong() {
		return invalid(f.issues...)
	}
	if reason := v.snapshotGate(s.kit.Clock.Now()); reason != "" {
		return notReady(reason)
	}
	return s.enqueue(r, v, task{name: "snapshot", finish: func(at time.Time) { v.take(cloud.SnapshotID(name), description, at) }})
}

// restoreSnapshot is page "post-v2-vps-id-snapshots-snapshotid-actions-restore".
// That the server is stopped for it and started again if it ran, and that its other
// snapshots stay, is [inferred].
func (s *Sandbox) restoreSnapshot(r *http.Request, v *server) answer {
	if f := readForm(r); f.wrong() {
		return invalid(f.issues...)
	}
	i := slices.IndexFunc(v.snapshots, func(one *diskSnapshot) bool { return string(one.name) == r.PathValue("snapshotId") })
	if i < 0 {
		return refuse(http.StatusNotFound, "snapshot_not_found", "The VPS has no such snapshot.")
	}
	if reason := v.busy(s.kit.Clock.Now()); reason != "" {
		return notReady(reason)
	}
	return s.enqueue(r, v, v.replaceDisk("snapshot restore", v.snapshots[i].disk))
}

// replaceDisk returns the task that replaces the content of the disk.
func (v *server) replaceDisk(name, disk string) task {
	t := task{name: name, finish: func(at time.Time) { v.disk, v.since = disk, at }}
	if v.power == hostup.PowerRunning {
		t.via = []hostup.PowerState{hostup.PowerStopping, hostup.PowerStopped, hostup.PowerStarting}
	}
	return t
}
