package gpcn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Job is work that goes on after the answer, as page "Create a new virtual
// machine" has it.
type Job struct {
	JobID               JobID  `json:"jobId"`
	ResourceType        string `json:"resourceType"`
	ResourceDisplayName string `json:"resourceDisplayName"`
	Operation           string `json:"operation"`
	// Stage is initializing, failed, cancelled, or another word.
	Stage string `json:"stage"`
	// ProgressPercentage keeps its value when a job fails.
	ProgressPercentage *int   `json:"progressPercentage"`
	Message            string `json:"message"`
	// ErrorMessage says more about a failure than Message.
	ErrorMessage        *string   `json:"errorMessage"`
	EstimatedCompletion Timestamp `json:"estimatedCompletion"`
	TimeRemaining       *string   `json:"timeRemaining"`
	CanRetry            bool      `json:"canRetry"`
	// IsCompleted is true on success only; see State.
	IsCompleted bool `json:"isCompleted"`
	HasFailed   bool `json:"hasFailed"`
	// IsTerminal is told by later versions of the API.
	IsTerminal *bool `json:"isTerminal,omitempty"`
	// ResourceID is what was made or changed: of several kinds.
	ResourceID   *string   `json:"resourceId"`
	ResourceName string    `json:"resourceName"`
	CreatedAt    Timestamp `json:"createdAt"`
	UpdatedAt    Timestamp `json:"updatedAt"`
}

// JobState is how a job stands.
type JobState string

// The states; the last three are final.
const (
	JobRunning   JobState = "running"
	JobSucceeded JobState = "succeeded"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
)

// State reads the flags as the vendor's Terraform provider does: completed is
// success, failed wins over completed, and an operator's cancellation shows in
// the stage alone. A job that is said to be at its end without success failed.
func (j Job) State() JobState {
	ended := j.IsTerminal != nil && *j.IsTerminal
	switch stage := strings.ToLower(j.Stage); {
	case j.HasFailed, stage == "failed":
		return JobFailed
	case stage == "cancelled", stage == "canceled":
		return JobCancelled
	case j.IsCompleted:
		return JobSucceeded
	case ended:
		return JobFailed
	}
	return JobRunning
}

// Reason is why a job failed, as far as the vendor says.
func (j Job) Reason() string {
	if j.ErrorMessage != nil && *j.ErrorMessage != "" {
		return *j.ErrorMessage
	}
	return j.Message
}

// Jobs are the jobs that an operation started, one at least when they come from
// an operation.
type Jobs []Job

// UnmarshalJSON reads the ways in which jobs come: {"jobs":[…]}, a list, and the
// job itself. Page "Create a new virtual machine" says the last for one VM and a
// list for several, and shows the first. It is an error where there is no job.
func (j *Jobs) UnmarshalJSON(raw []byte) error {
	type wrapped struct {
		Jobs json.RawMessage `json:"jobs"`
	}
	if w, err := decode[wrapped](raw); err == nil && !isNull(w.Jobs) {
		raw = w.Jobs
	}
	jobs, err := decode[[]Job](raw)
	if err != nil {
		single, err := decode[Job](raw)
		if err != nil {
			return fmt.Errorf("read jobs: %w", err)
		}
		jobs = []Job{single}
	}
	for _, job := range jobs {
		if job.JobID == "" {
			return errors.New("read jobs: a job has no ID")
		}
	}
	if len(jobs) == 0 {
		return errors.New("read jobs: there is none")
	}
	*j = jobs
	return nil
}

// first is the job of an operation that starts one.
func (j Jobs) first() Job {
	if len(j) == 0 {
		return Job{}
	}
	return j[0]
}

// jobSelection is the body of a reading of jobs.
type jobSelection struct {
	JobIDs []JobID `json:"jobIds"`
}

// jobBatch is the answer to it, which may be empty.
type jobBatch []Job

// UnmarshalJSON reads {"jobs":[…]}. An answer without a list is not an empty
// list, and is an error.
func (b *jobBatch) UnmarshalJSON(raw []byte) error {
	type wrapped struct {
		Jobs json.RawMessage `json:"jobs"`
	}
	w, err := decode[wrapped](raw)
	if err != nil {
		return fmt.Errorf("read jobs: %w", err)
	}
	if *b, err = decode[[]Job](w.Jobs); err != nil {
		return fmt.Errorf("read jobs: %w", err)
	}
	return nil
}

// GetJobs reads 1 to MaxIDs jobs. A job that is unknown, of another tenant or
// forgotten is left out. It is a read in spite of its method. Page: "Get job
// progress".
//
//api:operation POST /v1/resource/jobs
func (c *Client) GetJobs(ctx context.Context, ids ...JobID) ([]Job, error) {
	return ask[jobBatch](ctx, c, "get jobs", http.MethodPost, "/resource/jobs", jobSelection{ids})
}
