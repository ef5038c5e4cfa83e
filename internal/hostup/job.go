package hostup

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// JobID identifies a job.
type JobID string

// JobStatus is the state of a job. Words that are not listed here are kept; a job with
// one is not over.
type JobStatus string

// The states that page "post-v2-vps-id-actions-restart" lists.
const (
	JobPending    JobStatus = "pending"
	JobQueued     JobStatus = "queued"
	JobInProgress JobStatus = "in_progress"
	JobCompleted  JobStatus = "completed"
	JobFailed     JobStatus = "failed"
)

// jobProcessing is the status of a running job in the vendor's own module.
const jobProcessing JobStatus = "processing"

// known reports whether a word is one of a job's states.
func (s JobStatus) known() bool {
	return slices.Contains([]JobStatus{JobPending, JobQueued, JobInProgress, JobCompleted, JobFailed, jobProcessing}, s)
}

// Over reports whether the job will not change any more.
func (s JobStatus) Over() bool { return s == JobCompleted || s == JobFailed }

// UnmarshalJSON reads a text; any other value is empty.
func (s *JobStatus) UnmarshalJSON(raw []byte) error {
	var word string
	_ = json.Unmarshal(raw, &word)
	*s = JobStatus(word)
	return nil
}

// Job is a response about a job. No source shows its present form. The legacy page has
// the facts in data, inside that API's envelope; they are also read from the top level,
// and from an operation like that of queued actions [inferred].
type Job struct {
	JobFacts
	Success   *bool  `json:"success,omitempty"`
	Timestamp string `json:"timestamp,omitempty"`
	RequestID string `json:"requestId,omitempty"`
	Error     string `json:"error,omitempty"`
	// Message is sent beside Error.
	Message string   `json:"message,omitempty"`
	Data    *JobData `json:"data,omitempty"`
}

// JobFacts are the members that show the outcome of a job. The legacy page has others,
// which add nothing to that.
type JobFacts struct {
	JobID           JobID           `json:"jobId,omitempty"`
	Type            string          `json:"type,omitempty"`
	State           JobStatus       `json:"state,omitempty"`
	Status          JobStatus       `json:"status,omitempty"`
	Progress        Number          `json:"progress,omitzero"`
	ProgressMessage string          `json:"progressMessage,omitempty"`
	Reason          string          `json:"reason,omitempty"`
	Result          json.RawMessage `json:"result,omitempty"`
	IsCompleted     *bool           `json:"isCompleted,omitempty"`
	IsFailed        *bool           `json:"isFailed,omitempty"`
	IsRunning       *bool           `json:"isRunning,omitempty"`
	IsWaiting       *bool           `json:"isWaiting,omitempty"`
	Operation       *Operation      `json:"operation,omitempty"`
}

// JobData is the data of a response: the facts, or any other value, which is kept.
type JobData struct {
	JobFacts
	raw json.RawMessage
}

// UnmarshalJSON takes any JSON value; the jobs of domains have a list here.
func (d *JobData) UnmarshalJSON(raw []byte) error {
	d.raw = slices.Clone(raw)
	_ = json.Unmarshal(raw, &d.JobFacts)
	return nil
}

// MarshalJSON writes the data as they were.
func (d JobData) MarshalJSON() ([]byte, error) {
	if d.raw == nil {
		return json.Marshal(d.JobFacts)
	}
	return d.raw, nil
}

// facts returns the places where the facts may be, the likeliest first.
func (j Job) facts() []JobFacts {
	places := []JobFacts{j.JobFacts}
	if j.Data != nil {
		places = append(places, j.Data.JobFacts)
	}
	for _, place := range slices.Clone(places) {
		if o := place.Operation; o != nil {
			places = append(places, JobFacts{JobID: o.JobID, Status: o.Status, Result: o.Result})
		}
	}
	return places
}

// At returns the state of the job: the first known status in any of the places, else
// the state by the flags, else any other status; empty where the response has none. A
// job that completed with success false in its result has failed.
func (j Job) At() JobStatus {
	var unknown, flagged, at JobStatus
	for _, place := range j.facts() {
		for _, word := range []JobStatus{place.Status, place.State} {
			if word.known() && at == "" {
				at = word
			} else if unknown == "" {
				unknown = word
			}
		}
		if flagged == "" {
			flagged = place.flagged()
		}
	}
	switch {
	case at == "" && flagged != "":
		at = flagged
	case at == "":
		at = unknown
	}
	if at == JobCompleted && j.resultFailed() {
		return JobFailed
	}
	return at
}

// flagged returns the state by the flags; failure takes precedence over completion.
func (f JobFacts) flagged() JobStatus {
	set := func(flag *bool) bool { return flag != nil && *flag }
	switch {
	case set(f.IsFailed):
		return JobFailed
	case set(f.IsCompleted):
		return JobCompleted
	case set(f.IsRunning):
		return JobInProgress
	case set(f.IsWaiting):
		return JobQueued
	}
	return ""
}

// outcome is the part of a result that is read; its shape depends on the job.
type outcome struct {
	Success json.RawMessage `json:"success"`
	Reason  string          `json:"reason"`
	Message string          `json:"message"`
	Error   string          `json:"error"`
}

// failed reports whether the result itself says that the job failed.
func (o outcome) failed() bool {
	success := read[bool](o.Success)
	return success != nil && !*success
}

func (j Job) outcomes() []outcome {
	var out []outcome
	for _, place := range j.facts() {
		var o outcome
		// A result in another form has no outcome.
		_ = json.Unmarshal(place.Result, &o)
		out = append(out, o)
	}
	return out
}

func (j Job) resultFailed() bool {
	return slices.ContainsFunc(j.outcomes(), outcome.failed)
}

// Percent returns the progress, 0 to 100; empty where it is not sent.
func (j Job) Percent() Number {
	for _, place := range j.facts() {
		if place.Progress != "" {
			return place.Progress
		}
	}
	return ""
}

// Why returns the vendor's text on the job, not cleaned: the error, else the progress;
// empty where there is none.
func (j Job) Why() string {
	texts := []string{j.Error, j.Message}
	for _, place := range j.facts() {
		texts = append(texts, place.Reason)
	}
	for _, o := range j.outcomes() {
		texts = append(texts, o.Reason, o.Error, o.Message)
	}
	for _, place := range j.facts() {
		texts = append(texts, place.ProgressMessage)
	}
	if i := slices.IndexFunc(texts, func(text string) bool { return text != "" }); i >= 0 {
		return texts[i]
	}
	return ""
}

// jobs is the path where jobs are polled; it is not below /api/v2.
const jobs = "/api/jobs/"

func jobPath(id JobID) string { return jobs + rest.ID(id) }

// jobName matches the last part of a poll address.
var jobName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$`)

// GetJob reads a job by the address that an operation returned: a path on this cloud's
// host, directly below /api/jobs/. Any other address is an ErrVendor and no request is
// sent: the address is the vendor's text, and the request would carry the key. A
// response without the state of a job is an ErrUnavailable. No source shows its scope;
// the legacy page is "get-jobs-jobid" (legacy only).
//
//api:operation GET /api/jobs/{jobId}
func (c *Client) GetJob(ctx context.Context, pollURL string) (Job, error) {
	k := call{name: "get job", about: aboutJobs}
	id, ok := c.jobAt(pollURL)
	if !ok {
		return Job{}, c.refuse(k, cloud.ErrVendor, "the address that the vendor gave for the job is not one of this cloud's jobs")
	}
	job, err := get[Job](ctx, c, k, jobPath(id), nil)
	if err != nil {
		return Job{}, err
	}
	if job.At() == "" {
		return Job{}, c.refuse(k, cloud.ErrUnavailable, "the answer does not say how far the job is")
	}
	return job, nil
}

// jobAt returns the ID in an address; ok is false where it is not the path of a job on
// this host.
func (c *Client) jobAt(address string) (id JobID, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Opaque != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(address, "#") {
		return "", false
	}
	if u.Scheme != "" || u.Host != "" {
		base, err := url.Parse(c.rest.BaseURL())
		if err != nil || u.Scheme != base.Scheme || u.Host != base.Host {
			return "", false
		}
	}
	// EscapedPath, so that an escaped slash or dot is not accepted in a name.
	name, below := strings.CutPrefix(u.EscapedPath(), jobs)
	if !below || !jobName.MatchString(name) {
		return "", false
	}
	return JobID(name), true
}

// refuse returns an error that the client itself detects.
func (c *Client) refuse(k call, kind cloud.ErrorKind, message string) *cloud.Error {
	return &cloud.Error{
		Kind: kind, Account: c.account, Operation: k.name,
		Message: message, Hint: "Read the state of the VPS with get_vm instead.",
	}
}
