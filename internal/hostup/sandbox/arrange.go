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

// PutPAYGVPS adds a running pay-as-you-go server of the smallest size.
func (s *Sandbox) PutPAYGVPS(name string) cloud.VMID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newPAYGServer(name, size{hostup.MinDeployCPUCores, hostup.MinDeployMemoryGB, hostup.MinDeployStorageGB}).id
}

// RenameVPS renames a server without the client. It reports whether it exists.
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

// RemoveVPS removes a server without a trace and reports whether it existed.
func (s *Sandbox) RemoveVPS(id cloud.VMID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.servers)
	s.servers = slices.DeleteFunc(s.servers, func(v *server) bool { return v.id == id })
	return len(s.servers) < before
}

// LoseNextDeploy lets the next deployment succeed and return a 502.
func (s *Sandbox) LoseNextDeploy() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextDeployLost = true
}

// NextJob sets the outcome of the next job; false for an outcome that does not exist.
func (s *Sandbox) NextJob(outcome Outcome) bool {
	if !slices.Contains([]Outcome{Fail, Vanish, NoPollURL, AbsolutePollURL, ForeignPollURL}, outcome) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextJob = outcome
	return true
}

// SetJobForm sets the form of responses about jobs; false for a form that does not
// exist.
func (s *Sandbox) SetJobForm(form JobForm) bool {
	if !slices.Contains([]JobForm{JobEnvelope, JobAtTop, JobAsOperation, JobOfModule}, form) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobForm = form
	return true
}

// CloseNextGate lets the next power action fail although its gate is open, as after a
// race with another action.
func (s *Sandbox) CloseNextGate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextPowerStale = true
}

// SetPageSize limits the rows of every page, whatever is requested; 0 removes the limit.
func (s *Sandbox) SetPageSize(rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pageSize = rows
}

// SetNoCard removes the account's payment card, or restores it.
func (s *Sandbox) SetNoCard(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noCard = on
}

// Disk returns the content of a server's disk: the last written or restored one. It
// reports whether the server exists.
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

// WriteDisk changes the content of a server's disk. It reports whether the server
// exists.
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

// RemoveSnapshot removes a snapshot without the client, and reports whether it existed.
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
