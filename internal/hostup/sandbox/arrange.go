package sandbox

import (
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
)

// VPS returns all servers that are not terminated, in the order of the list.
func (s *Sandbox) VPS() []hostup.VPS {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	out := []hostup.VPS{}
	for _, v := range s.live() {
		out = append(out, s.wire(v))
	}
	return out
}

// PutPlanVPS adds a running server of a plan.
func (s *Sandbox) PutPlanVPS(name string) cloud.VMID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newPlanServer(name).id
}

// PutPAYGVPS adds a running server of the smallest size that is paid as you go.
func (s *Sandbox) PutPAYGVPS(name string) cloud.VMID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newPAYGServer(name, size{hostup.MinDeployCPUCores, hostup.MinDeployMemoryGB, hostup.MinDeployStorageGB}).id
}

// RenameVPS renames a server as somebody else would. It reports whether the
// server was there.
func (s *Sandbox) RenameVPS(id cloud.VMID, name string) (hostup.VPS, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	v := s.find(id)
	if v == nil {
		return hostup.VPS{}, false
	}
	v.name = name
	return s.wire(v), true
}

// RemoveVPS takes a server away without a trace and reports whether it was
// there.
func (s *Sandbox) RemoveVPS(id cloud.VMID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.servers)
	s.servers = slices.DeleteFunc(s.servers, func(v *server) bool { return v.id == id })
	return len(s.servers) < before
}

// LoseNextDeploy lets the next deployment be made and answered with a 502.
func (s *Sandbox) LoseNextDeploy() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextDeployLost = true
}

// NextJob orders what becomes of the next job; false for an outcome that does not
// exist.
func (s *Sandbox) NextJob(outcome Outcome) bool {
	if !slices.Contains([]Outcome{Fail, Vanish, NoPollURL, AbsolutePollURL, ForeignPollURL}, outcome) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextJob = outcome
	return true
}

// SetJobForm says in which form answers about jobs come from now on; false for a
// form that does not exist.
func (s *Sandbox) SetJobForm(form JobForm) bool {
	if !slices.Contains([]JobForm{JobEnvelope, JobAtTop, JobAsOperation, JobOfModule}, form) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobForm = form
	return true
}

// CloseNextGate lets the next power action be refused although its gate is open:
// another took its place since the gate was read.
func (s *Sandbox) CloseNextGate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextPowerStale = true
}

// SetPageSize gives no page more rows than that, whatever is asked for; 0 takes
// it back.
func (s *Sandbox) SetPageSize(rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pageSize = rows
}

// SetNoCard takes the account's payment card away, or gives it back.
func (s *Sandbox) SetNoCard(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noCard = on
}

// Disk names what is on the disk of a server: what was written last, or restored
// since. It reports whether the server was there.
func (s *Sandbox) Disk(id cloud.VMID) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	v := s.find(id)
	if v == nil {
		return "", false
	}
	return v.disk, true
}

// WriteDisk lets a server write something else to its disk. It reports whether the
// server was there.
func (s *Sandbox) WriteDisk(id cloud.VMID, text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	v := s.find(id)
	if v == nil {
		return false
	}
	v.disk = text
	return true
}

// RemoveSnapshot takes a snapshot away as somebody else would, and reports whether
// it was there.
func (s *Sandbox) RemoveSnapshot(id cloud.VMID, name cloud.SnapshotID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.find(id)
	if v == nil {
		return false
	}
	before := len(v.snapshots)
	v.snapshots = slices.DeleteFunc(v.snapshots, func(one *diskSnapshot) bool { return one.name == name })
	return len(v.snapshots) < before
}
