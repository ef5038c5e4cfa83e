package sandbox

import (
	"net/http"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
)

// machine has the members that VMs of both kinds share.
type machine struct {
	id       cloud.VMID
	name     string
	status   gpcn.Status
	created  time.Time
	updated  time.Time
	at       *place
	group    *gpcn.ResourceGroupID
	username *string
	key      *cloud.SSHKeyID
}

// become changes the status.
func (m *machine) become(status gpcn.Status, now time.Time) { m.status, m.updated = status, now }

// keyName returns the present name of its SSH key.
func (m *machine) keyName(w *world) *string {
	if m.key == nil {
		return nil
	}
	key, _ := w.key(string(*m.key)) // keys are not deleted
	return &key.Name
}

// switchTo moves a machine through a transient status to its final one. It does nothing
// for a machine that is there or on its way, and refuses one that is neither running
// nor stopped [inferred].
func (w *world) switchTo(m *machine, passing, final gpcn.Status) (refusal string) {
	switch {
	case m.status.Is(passing, final), final == gpcn.StatusShutoff && m.status == gpcn.StatusStopped:
		return ""
	case !m.status.Is(gpcn.StatusRunning, gpcn.StatusShutoff, gpcn.StatusStopped):
		return "The virtual machine is not in a valid state for this operation: " + string(m.status)
	}
	m.become(passing, w.now)
	w.after(powerTakes, func() {
		if m.status == passing {
			m.become(final, w.now)
		}
	})
	return ""
}

// remove starts the deletion of a machine; gone removes it from the world.
func (w *world) remove(m *machine, gone func()) answer {
	job, begun := w.removal(m, gone)
	if !begun {
		return refuse(http.StatusConflict, "The virtual machine is not in a valid state for this operation: "+string(m.status))
	}
	return accepted("Deletion started", job)
}

// removal starts the job that deletes a machine. There is none while the machine is
// being created or deleted [inferred].
func (w *world) removal(m *machine, gone func()) (job gpcn.Job, begun bool) {
	if m.status.Is(gpcn.StatusProvisioning, gpcn.StatusDeleting) {
		return job, false
	}
	before := m.status
	m.become(gpcn.StatusDeleting, w.now)
	return w.start("delete", m, deleteTakes, func(outcome Outcome) {
		if outcome == succeed {
			gone()
			return
		}
		m.become(before, w.now)
	}), true
}

// made returns the function that applies the outcome of a creation; gone removes the
// machine from the world.
func (w *world) made(m *machine, gone func()) func(Outcome) {
	return func(outcome Outcome) {
		switch outcome {
		case Fail:
			m.become(gpcn.StatusError, w.now)
		case Cancel:
			gone()
		default:
			m.become(gpcn.StatusRunning, w.now)
		}
	}
}
