package sandbox

import (
	"net/http"
	"time"

	"countersign/internal/gpcn"
)

// Outcome is how a job ends.
type Outcome string

// The outcomes that NextJob can set; otherwise a job succeeds.
const (
	// Fail lets the job fail: a machine that was being created ends in Error, one that
	// was being deleted stays.
	Fail Outcome = "fail"
	// Cancel lets an operator cancel it: a machine that was being created is gone, one
	// that was being deleted stays.
	Cancel Outcome = "cancel"
	// Vanish makes the job invisible while its work continues.
	Vanish Outcome = "vanish"
)

const succeed Outcome = "succeed"

// script is a set outcome and the percentage at which it happens.
type script struct {
	outcome Outcome
	at      int
}

// How long work takes; the vendor promises nothing.
const (
	createTakes = 2 * time.Second
	deleteTakes = time.Second
	powerTakes  = time.Second
	volumeTakes = time.Second
	linkTakes   = time.Second
)

// whole is the progress of a job that is done.
const whole = 100

// job is work on one resource.
type job struct {
	id        gpcn.JobID
	operation string
	resource  string
	name      string
	started   time.Time
	updated   time.Time
	takes     time.Duration
	script    script
	ended     bool
	hidden    bool
}

// start starts a job on a machine; it calls finish with the outcome.
func (w *world) start(operation string, on *machine, takes time.Duration, finish func(Outcome)) gpcn.Job {
	return w.startOn(operation, string(on.id), on.name, takes, finish)
}

// startOn starts a job on any resource. It uses up the outcome that NextJob set.
func (w *world) startOn(operation, resource, name string, takes time.Duration, finish func(Outcome)) gpcn.Job {
	j := &job{
		id: gpcn.JobID(w.kit.Seed.UUID()), operation: operation, resource: resource, name: name,
		started: w.now, updated: w.now, takes: takes, script: script{succeed, whole},
	}
	if w.script != nil {
		j.script, w.script = *w.script, nil
	}
	w.jobs = append(w.jobs, j)
	outcome, at := j.script.outcome, j.script.at
	if outcome == Vanish {
		w.after(takes*time.Duration(at)/whole, func() { j.hidden = true })
		outcome, at = succeed, whole
	}
	w.after(takes*time.Duration(at)/whole, func() {
		j.ended, j.updated = true, w.now
		finish(outcome)
	})
	return j.wire(w.now)
}

// wire returns the job in its present state. All messages are [inferred], and all stages
// except initializing, failed and cancelled.
func (j *job) wire(now time.Time) gpcn.Job {
	progress := min(int(now.Sub(j.started)*whole/j.takes), whole-1)
	left := j.started.Add(j.takes).Sub(now).Round(time.Second).String()
	id := j.resource
	out := gpcn.Job{
		JobID: j.id,
		// The generator prints virtual_machine for GPUs too [inferred].
		ResourceType: "virtual_machine", ResourceDisplayName: "Virtual Machine", Operation: j.operation,
		Stage: stageAt(progress), ProgressPercentage: &progress, Message: "Job is in progress",
		EstimatedCompletion: gpcn.NewTimestamp(j.started.Add(j.takes)), TimeRemaining: &left,
		ResourceID: &id, ResourceName: j.name,
		CreatedAt: gpcn.NewTimestamp(j.started), UpdatedAt: gpcn.NewTimestamp(j.updated),
	}
	if !j.ended {
		return out
	}
	progress = j.script.at
	out.EstimatedCompletion, out.TimeRemaining = "", nil
	switch j.script.outcome {
	case Fail:
		reason := "The provider could not complete the operation"
		out.Stage, out.Message, out.ErrorMessage = "failed", "Job failed", &reason
		out.HasFailed, out.CanRetry = true, true
	case Cancel:
		out.Stage, out.Message = "cancelled", "Job was cancelled by an operator"
	default:
		progress = whole
		out.Stage, out.Message, out.IsCompleted = "completed", "Job completed", true
	}
	return out
}

func stageAt(progress int) string {
	const provisioning, configuring = 25, 60
	switch {
	case progress < provisioning:
		return "initializing"
	case progress < configuring:
		return "provisioning"
	}
	return "configuring"
}

// getJobs is page "Get job progress"; it leaves unknown jobs out.
func (s *Sandbox) getJobs(r *http.Request) answer {
	f := &form{}
	f.body(r, "jobIds")
	ids := f.ids("jobIds")
	if a, refused := f.refused(); refused {
		return a
	}
	found := jobList{Jobs: []gpcn.Job{}}
	for _, id := range ids {
		if j, there := find(s.world.jobs, func(j *job) bool { return string(j.id) == id }); there && !j.hidden {
			found.Jobs = append(found.Jobs, j.wire(s.world.now))
		}
	}
	return ok("Job progress retrieved successfully", found)
}
