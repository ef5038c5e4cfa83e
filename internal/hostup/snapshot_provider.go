package hostup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/internal/cloud"
)

var (
	_ cloud.SnapshotCreator  = (*Provider)(nil)
	_ cloud.SnapshotRestorer = (*Provider)(nil)
	_ cloud.DiskKeeper       = (*Provider)(nil)
)

// snapshotNote is what page "get-v2-vps-id-snapshots" says about all snapshots.
const snapshotNote = "Snapshots are local, for a quick way back, and are kept for about 24 hours; they are no backups."

// ListSnapshots implements cloud.SnapshotLister.
func (p *Provider) ListSnapshots(ctx context.Context, id cloud.VMID) (cloud.SnapshotList, error) {
	list, err := exactVPS(p, listSnapshots, id, func() (SnapshotList, error) { return p.client.ListVPSSnapshots(ctx, id) })
	if err != nil {
		return cloud.SnapshotList{}, err
	}
	rows, err := listed(p, listSnapshots, aboutVPS, List[Snapshot]{Data: list.Data}, "", snapshot)
	if err != nil {
		return cloud.SnapshotList{}, err
	}
	return cloud.SnapshotList{
		Available: list.Available, Reason: text(list.Reason), Slots: count(list.Limits.TotalSnapshots),
		CanCreate: gate(list.Actions.Get(CanCreate)), CanRestore: gate(list.Actions.Get(CanRestore)),
		Snapshots: rows.Items, Note: snapshotNote,
	}, nil
}

func snapshot(s Snapshot) cloud.Snapshot {
	return cloud.Snapshot{
		ID: s.Name, Name: cloud.CleanText(s.DisplayID), Description: text(s.Description),
		CreatedAt: moment(s.CreatedAt), ExpiresAt: moment(s.ExpiresAt),
		IncludesMemory: s.IncludesMemoryState, Parent: text(s.ParentName),
	}
}

// CheckSnapshot checks the name of a snapshot, the server's free slots, and its gate.
func (p *Provider) CheckSnapshot(_ cloud.VM, list cloud.SnapshotList, wanted cloud.NewSnapshot) ([]string, error) {
	if err := p.invalid(createSnapshot, checkSnapshotName(wanted.Name, list.Snapshots)); err != nil {
		return nil, err
	}
	if list.Available != nil && !*list.Available {
		return nil, p.closed(createSnapshot, "this machine cannot have snapshots", "available", list.Reason, "")
	}
	out := []string{
		"It stays beside the machine's disk and is lost with the machine: it is no backup.",
		"HostUp keeps it for about 24 hours.",
		"That what programs are just writing is whole in it is not documented, nor what it costs beyond its slot.",
	}
	switch free := list.Free(); {
	case free == nil:
		out = append(out, "How many snapshots the machine may have is not told.")
	case *free == 0 && *list.Slots == 0:
		return nil, p.closed(createSnapshot, "the machine's plan has no snapshots", "limits.totalSnapshots", "it is 0", "The user can buy slots at HostUp.")
	case *free == 0:
		return nil, p.closed(createSnapshot, fmt.Sprintf("all of the machine's snapshots are taken: %d", *list.Slots), "limits.totalSnapshots", "no slot is free",
			"One ends about 24 hours after it was taken; expires_at in list_snapshots says when. The user can delete one, or buy slots, at HostUp.")
	}
	return p.gated(createSnapshot, "HostUp does not let a snapshot be taken now", CanCreate, list.CanCreate, out)
}

// checkSnapshotName checks a name against page "post-v2-vps-id-snapshots". That a second
// snapshot of the same name is refused is [inferred]: the name is its ID.
func checkSnapshotName(name string, taken []cloud.Snapshot) []cloud.Issue {
	if name == "" || len(name) > MaxSnapshotName || !onlyNameRunesOr(name, '_') {
		return []cloud.Issue{{Field: "name", Message: fmt.Sprintf("must be 1 to %d letters, digits, _ and -", MaxSnapshotName)}}
	}
	if slices.ContainsFunc(taken, func(s cloud.Snapshot) bool { return string(s.ID) == name }) {
		return []cloud.Issue{{Field: "name", Message: "the machine has a snapshot of this name already"}}
	}
	return nil
}

// CreateSnapshot queues a snapshot and returns its job.
func (p *Provider) CreateSnapshot(ctx context.Context, id cloud.VMID, wanted cloud.NewSnapshot) (cloud.Accepted, error) {
	body := NewSnapshot{Name: wanted.Name}
	if wanted.Description != "" {
		body.Description = &wanted.Description
	}
	return p.queue(createSnapshot, id, func() (QueuedAction, error) { return p.client.CreateVPSSnapshot(ctx, id, body) })
}

// CheckSnapshotRestore returns what is lost, and checks the gate.
func (p *Provider) CheckSnapshotRestore(_ cloud.VM, list cloud.SnapshotList, snapshot cloud.Snapshot) ([]string, error) {
	since := "since the snapshot was taken, at a time that HostUp does not tell,"
	if snapshot.CreatedAt != nil {
		since = "since " + snapshot.CreatedAt.UTC().Format(time.RFC3339)
	}
	out := []string{
		"The machine's disk is replaced by the snapshot: everything that was written to it " + since + " is lost for ever.",
		"What runs on the machine is interrupted; whether it is stopped for it and started again is not documented.",
		"What becomes of the machine's other snapshots is not documented.",
	}
	return p.gated(restoreSnapshot, "HostUp does not let a snapshot be restored now", CanRestore, list.CanRestore, out)
}

// RestoreSnapshot queues the restore and returns its job.
func (p *Provider) RestoreSnapshot(ctx context.Context, id cloud.VMID, snapshot cloud.SnapshotID) (cloud.Accepted, error) {
	return p.queue(restoreSnapshot, id, func() (QueuedAction, error) { return p.client.RestoreVPSSnapshot(ctx, id, snapshot) })
}

// KeptDisk reports whether a server was certainly not restored since a time, because it
// has been running since before. By page "post-v2-vps-id-backups-actions-restore-from-vps"
// a restore stops it; that the restore of a snapshot does too is [inferred]. A busy server
// may be about to be stopped; its shutdown gate is then not open.
func (p *Provider) KeptDisk(ctx context.Context, id cloud.VMID, since time.Time) (bool, error) {
	vm, err := p.GetVM(ctx, id)
	if err != nil || !slices.ContainsFunc(vm.Gates, func(g cloud.NamedGate) bool { return g.Name == string(CanShutdown) && g.Allowed }) {
		return false, err
	}
	status, err := p.client.GetVPSStatus(ctx, id)
	if err != nil {
		return false, err
	}
	uptime := count(status.UptimeSeconds)
	if status.ID != id || uptime == nil {
		return false, nil
	}
	began := time.Now().Add(-time.Duration(*uptime) * time.Second)
	return began.Before(since.Add(-clockSkew)), nil
}

// queue sends an action of one server and returns its result.
func (p *Provider) queue(operation string, id cloud.VMID, send func() (QueuedAction, error)) (cloud.Accepted, error) {
	queued, err := exactVPS(p, operation, id, send)
	if err != nil {
		return cloud.Accepted{}, err
	}
	return p.accepted(operation, queued)
}

// gated refuses an action whose gate is closed. For an absent gate the consequences say
// that it is unknown.
func (p *Provider) gated(operation, message string, name GateName, gate *cloud.Gate, consequences []string) ([]string, error) {
	switch {
	case gate == nil:
		return append(consequences, unknownGate), nil
	case !gate.Allowed:
		return nil, p.blocked(operation, message, name, *gate)
	}
	return consequences, nil
}

// closed returns the error for a reason that the vendor sends beside its gates.
func (p *Provider) closed(operation, message, field, reason, hint string) error {
	e := p.refuse(cloud.ErrBlocked, operation, message)
	e.Issues = []cloud.Issue{{Field: field, Message: reason}}
	e.Hint = hint
	if hint == "" {
		e.Hint = "The issue holds HostUp's reason; tell the user. Repeating the call does not help."
	}
	return e
}
