package gpcn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Job is work that continues after the response, as page "Create a new virtual
// machine" shows it.
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
	// ErrorMessage has more detail on a failure than Message.
	ErrorMessage        *string   `json:"errorMessage"`
	EstimatedCompletion Timestamp `json:"estimatedCompletion"`
	TimeRemaining       *string   `json:"timeRemaining"`
	CanRetry            bool      `json:"canRetry"`
	// IsCompleted is true on success only; see State.
	IsCompleted bool `json:"isCompleted"`
	HasFailed   bool `json:"hasFailed"`
	// IsTerminal is sent by later versions of the API.
	IsTerminal *bool `json:"isTerminal,omitempty"`
	// ResourceID identifies the created or changed resource, of whatever type.
	ResourceID   *string   `json:"resourceId"`
	ResourceName string    `json:"resourceName"`
	CreatedAt    Timestamp `json:"createdAt"`
	UpdatedAt    Timestamp `json:"updatedAt"`
}

// JobState is the state of a job.
type JobState string

// The states; the last three are final.
const (
	JobRunning   JobState = "running"
	JobSucceeded JobState = "succeeded"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
)

// State reads the flags as the vendor's Terraform provider does: completed means
// success, failed takes precedence over completed, and a cancellation by an operator
// shows in the stage only. A job that is terminal without success has failed.
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

// Jobs are the jobs that an operation started; at least one where they were decoded
// from a response.
type Jobs []Job

// UnmarshalJSON reads {"jobs":[…]}, a list of jobs, or one job. The prose of page
// "Create a new virtual machine" has one job for one VM and a list for several; its
// sample has the first form. No job is an error.
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

// first returns the job of an operation that starts one.
func (j Jobs) first() Job {
	if len(j) == 0 {
		return Job{}
	}
	return j[0]
}

// jobSelection is the request body of GetJobs.
type jobSelection struct {
	JobIDs []JobID `json:"jobIds"`
}

// jobBatch is the response to a jobSelection; it may be empty.
type jobBatch []Job

// UnmarshalJSON reads {"jobs":[…]}. A response without a list is an error and not an
// empty list.
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

// GetJobs reads 1 to MaxIDs jobs. A job that is unknown, of another tenant or expired
// is left out. It is a read although it is a POST. Page: "Get job progress".
//
//api:operation POST /v1/resource/jobs
func (c *Client) GetJobs(ctx context.Context, ids ...JobID) ([]Job, error) {
	return ask[jobBatch](ctx, c, "get jobs", http.MethodPost, "/resource/jobs", jobSelection{ids})
}
