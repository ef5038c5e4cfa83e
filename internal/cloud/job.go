package cloud

import "context"

// JobID identifies work that a cloud goes on with after it has answered. It is
// the vendor's own reference, verbatim: an ID or the path to poll.
type JobID string

// JobReader reads the jobs of an account.
type JobReader interface {
	// ReadJobs returns one job per ID, in their order; one that the cloud does not
	// show any more has state JobVanished.
	ReadJobs(ctx context.Context, ids []JobID) ([]Job, error)
}

// JobState is where a job stands, in words of our own.
type JobState string

// The states of a job. All but JobRunning are final.
const (
	JobRunning   JobState = "running"
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled" // by an operator of the cloud
	JobVanished  JobState = "vanished"  // the cloud does not show it any more
)

// Job is work of a cloud in the background.
type Job struct {
	ID      JobID    `json:"job" jsonschema_description:"The cloud's reference."`
	State   JobState `json:"state" jsonschema_description:"running, done, failed, cancelled or vanished."`
	Stage   string   `json:"stage,omitempty" jsonschema_description:"The cloud's word for where it is."`
	Percent *int     `json:"percent,omitempty" jsonschema_description:"How far it is."`
	Message string   `json:"message,omitempty" jsonschema_description:"What the cloud says, or why it failed."`
	MadeID  string   `json:"made_id,omitempty" jsonschema_description:"Exact ID of what it makes or changes."`
}

// Accepted is a cloud's answer to a write: nothing more to say, or jobs with
// which it goes on.
type Accepted struct {
	Jobs []JobID
	// Parts are those of several things of which it can already be told what became,
	// or why that cannot be told.
	Parts []Job
}
