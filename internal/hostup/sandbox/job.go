package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
)

// The durations of jobs [inferred].
const (
	jobWaits         = time.Second
	jobRuns          = 4 * time.Second
	provisioningRuns = 30 * time.Second
	cancelRuns       = 10 * time.Second
)

// Outcome is how a job ends.
type Outcome string

// The outcomes that NextJob can set; otherwise a job succeeds and its response has a path
// to poll.
const (
	// Fail lets the job fail and change nothing.
	Fail Outcome = "fail"
	// Vanish makes the job invisible while its work continues.
	Vanish Outcome = "vanish"
	// NoPollURL leaves the poll address out; the job has its ID.
	NoPollURL Outcome = "no_poll_url"
	// AbsolutePollURL returns the poll address with the host of the request.
	AbsolutePollURL Outcome = "absolute_poll_url"
	// ForeignPollURL returns a poll address on another host.
	ForeignPollURL Outcome = "foreign_poll_url"
)

// task is what a job does to a server.
type task struct {
	name string
	// via are the power states on the way, for an equal time each; empty for a task that
	// does not change the power.
	via []hostup.PowerState
	// finish applies the result when it is done.
	finish func(at time.Time)
}

// job is a task of one server in progress.
type job struct {
	id   hostup.JobID
	task task
	vps  cloud.VMID
	made time.Time
	// outcome is empty for a job that succeeds.
	outcome Outcome
	// applied is true once its result is applied to the server.
	applied bool
}

func (j *job) begins() time.Time { return j.made.Add(jobWaits) }
func (j *job) ends() time.Time   { return j.begins().Add(jobRuns) }
func (j *job) fails() bool       { return j.outcome == Fail }

func (j *job) status(now time.Time) hostup.JobStatus {
	switch {
	case now.Before(j.begins()):
		return hostup.JobQueued
	case now.Before(j.ends()):
		return hostup.JobInProgress
	case j.fails():
		return hostup.JobFailed
	}
	return hostup.JobCompleted
}

// percent is how much is done.
func (j *job) percent(now time.Time) int {
	done := int(now.Sub(j.begins()) * 100 / jobRuns)
	return min(max(done, 0), 100)
}

// passing returns the power state of the server while the job runs.
func (j *job) passing(power hostup.PowerState, now time.Time) hostup.PowerState {
	via := j.task.via
	if len(via) == 0 {
		return power
	}
	return via[min(j.percent(now)*len(via)/100, len(via)-1)]
}

// enqueue starts a task and returns the response to its request; the caller has checked
// the gate.
func (s *Sandbox) enqueue(r *http.Request, v *server, t task) answer {
	now := s.kit.Clock.Now()
	j := &job{id: hostup.JobID(s.kit.Seed.ULID("job")), task: t, vps: v.id, made: now, outcome: s.nextJob}
	s.nextJob = ""
	s.jobs = append(s.jobs, j)
	v.job = j
	return answer{status: http.StatusAccepted, body: hostup.QueuedAction{Operation: j.operation(now, r.Host)}}
}

// finishJob applies the result of a finished job to its server, once. A failed job
// changes nothing.
func (v *server) finishJob(now time.Time) {
	j := v.job
	if j == nil || j.applied || !j.status(now).Over() {
		return
	}
	j.applied = true
	if !j.fails() {
		j.task.finish(j.ends())
	}
}

// operation returns the response of a queued action; host is the request's.
func (j *job) operation(now time.Time, host string) hostup.Operation {
	address := "/api/jobs/" + string(j.id)
	switch j.outcome {
	case NoPollURL:
		address = ""
	case AbsolutePollURL:
		address = "http://" + host + address
	case ForeignPollURL:
		address = "http://jobs.example.net" + address
	case Fail, Vanish:
	}
	return hostup.Operation{Status: j.status(now), JobID: j.id, PollURL: unlessEmpty(address)}
}

type jobWire struct {
	JobID             hostup.JobID     `json:"jobId"`
	QueueType         string           `json:"queueType"`
	Type              string           `json:"type"`
	State             hostup.JobStatus `json:"state"`
	Status            hostup.JobStatus `json:"status"`
	Progress          int              `json:"progress"`
	ProgressTextKey   *string          `json:"progressTextKey"`
	ProgressDetails   progressWire     `json:"progressDetails"`
	ProgressMessage   string           `json:"progressMessage"`
	Result            *resultWire      `json:"result"`
	IsCompleted       bool             `json:"isCompleted"`
	IsFailed          bool             `json:"isFailed"`
	IsRunning         bool             `json:"isRunning"`
	IsWaiting         bool             `json:"isWaiting"`
	CreatedAt         string           `json:"createdAt"`
	FinishedAt        *string          `json:"finishedAt"`
	JobName           string           `json:"jobName"`
	VMID              cloud.VMID       `json:"vmId"`
	HostbillAccountID *string          `json:"hostbillAccountId"`
	IsScheduled       bool             `json:"isScheduled"`
	Delay             int              `json:"delay"`
	StatusKey         *string          `json:"statusKey"`
}

type progressWire struct {
	Percentage int    `json:"percentage"`
	Message    string `json:"message"`
	Current    int    `json:"current"`
	Total      int    `json:"total"`
}

type resultWire struct {
	Success   bool            `json:"success"`
	Type      string          `json:"type"`
	ClientID  *string         `json:"clientId"`
	Result    json.RawMessage `json:"result"`
	Timestamp string          `json:"timestamp"`
}

// getJob is page "get-jobs-jobid". The code for an unknown job is [inferred].
func (s *Sandbox) getJob(r *http.Request) answer {
	i := slices.IndexFunc(s.jobs, func(j *job) bool { return string(j.id) == r.PathValue("jobId") && j.outcome != Vanish })
	if i < 0 {
		return refuse(http.StatusNotFound, "job_not_found", "The job does not exist or is not owned by the caller.")
	}
	return ok(s.jobAnswer(s.jobs[i], r.Host))
}

func (j *job) wire(now time.Time) jobWire {
	status, percent := j.status(now), j.percent(now)
	message := "The VPS is waiting for " + j.task.name + "."
	switch status {
	case hostup.JobInProgress:
		message = "The VPS is working on " + j.task.name + "."
	case hostup.JobCompleted:
		message = "The VPS is done with " + j.task.name + "."
	case hostup.JobFailed:
		message = "The guest did not answer."
	}
	out := jobWire{
		JobID: j.id, QueueType: "vps", Type: "vps_" + j.task.name, State: status, Status: status,
		Progress: percent, ProgressMessage: message, ProgressDetails: progressWire{percent, message, percent, 100},
		IsCompleted: status == hostup.JobCompleted, IsFailed: status == hostup.JobFailed,
		IsRunning: status == hostup.JobInProgress, IsWaiting: status == hostup.JobQueued,
		CreatedAt: *at(j.made), JobName: j.task.name, VMID: j.vps,
	}
	if status.Over() {
		out.FinishedAt = at(j.ends())
		out.Result = &resultWire{Success: !j.fails(), Type: out.Type, Timestamp: *at(j.ends())}
	}
	return out
}
