package sandbox

import (
	"net/http"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
)

// machine is what VMs of both kinds share.
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

// keyName is the name of its SSH key, as that is called now.
func (m *machine) keyName(w *world) *string {
	if m.key == nil {
		return nil
	}
	key, _ := w.key(string(*m.key)) // keys are not deleted
	return &key.Name
}

// switchTo takes a machine by way of a passing status to its final one. A
// machine that is there already, or on its way, is left alone; from other states
// than those of a machine at rest it is refused [inferred].
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

// remove begins to delete a machine; gone takes it out of the world.
func (w *world) remove(m *machine, gone func()) answer {
	job, begun := w.removal(m, gone)
	if !begun {
		return refuse(http.StatusConflict, "The virtual machine is not in a valid state for this operation: "+string(m.status))
	}
	return accepted("Deletion started", job)
}

// removal is the job that deletes a machine. While it is being made or deleted there
// is none [inferred].
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

// made is how the making of a machine ends; gone takes it out of the world.
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
