package guard_test

import (
	"fmt"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// fate is how a job of the cloud ends, and when.
type fate struct {
	state cloud.JobState // done, failed, cancelled; vanished goes on out of sight
	after time.Duration
	// late makes a thing appear when its job is done, not when it begins.
	late bool
	// stays leaves a thing behind although its job failed.
	stays bool
}

// background is a write that the cloud in memory runs as a job.
type background struct {
	fate
	id        cloud.JobID
	operation string
	do        string
	thing     string
	from, to  time.Time
	// vanishes is the time from which the job is not shown, although it goes on.
	vanishes time.Time
	over     bool
	end      func(succeeded bool)
}

// job returns the job as the cloud shows it now.
func (b *background) job(now time.Time) cloud.Job {
	out := cloud.Job{ID: b.id, State: cloud.JobRunning, Stage: "working"}
	switch {
	case b.state == cloud.JobVanished && !now.Before(b.vanishes):
		out.State, out.Stage = cloud.JobVanished, ""
	case b.over:
		out.State, out.Stage = b.state, string(b.state)
	}
	if b.do == "make" && out.State == cloud.JobDone {
		out.MadeID = b.thing
	}
	return out
}

// begin accepts a write as a job. The caller holds the lock.
func (m *memory) begin(in actInput, run tool.Run, f fate) tool.Made {
	now := time.Now()
	b := &background{
		fate: f, id: cloud.JobID(fmt.Sprintf("job-%04d", len(m.background))), operation: run.Operation,
		do: in.Do, thing: in.ID, from: now, to: now.Add(f.after), vanishes: now.Add(f.after / 2),
	}
	m.background = append(m.background, b)
	if in.Do != "make" {
		b.end = func(succeeded bool) {
			if succeeded {
				m.apply(in, run)
			}
		}
		return tool.Made{Summary: "Begun.", IDs: made(in.ID).IDs, Jobs: []cloud.JobID{b.id}}
	}
	b.thing = fmt.Sprintf("thing-%04d", len(m.runs))
	appear := func(status string) {
		m.things = append(m.things, thing{ID: b.thing, Name: in.Name, Status: status, Marker: run.Marker})
	}
	if !f.late {
		appear("making")
	}
	b.end = func(succeeded bool) {
		i := m.find(b.thing)
		switch {
		case succeeded:
			m.worked = append(m.worked, run.Operation)
			if f.late {
				appear("start")
			} else if i >= 0 {
				m.things[i].Status = "start"
			}
		case i >= 0 && f.stays:
			m.things[i].Status = "error"
		case i >= 0:
			m.things = slices.Delete(m.things, i, i+1)
		}
	}
	return tool.Made{Summary: "Begun.", Jobs: []cloud.JobID{b.id}}
}

// pass makes everything happen that is due. The caller holds the lock.
func (m *memory) pass() {
	now := time.Now()
	for _, b := range m.background {
		if !b.over && !now.Before(b.to) {
			b.over = true
			b.end(b.state == cloud.JobDone || b.state == cloud.JobVanished)
		}
	}
}

// shownJobs returns jobs as the cloud shows them now, in the order of their IDs.
func (m *memory) shownJobs(ids []cloud.JobID) []cloud.Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pass()
	var out []cloud.Job
	for _, id := range ids {
		i := slices.IndexFunc(m.background, func(b *background) bool { return b.id == id })
		if i < 0 {
			out = append(out, cloud.Job{ID: id, State: cloud.JobVanished})
			continue
		}
		out = append(out, m.background[i].job(time.Now()))
	}
	return out
}
