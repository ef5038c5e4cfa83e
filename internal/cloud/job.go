package cloud

import "context"

// JobID identifies work that a cloud continues after its response. It is the vendor's
// own reference, byte for byte: an ID or the path to poll.
type JobID string

// JobReader reads the jobs of an account.
type JobReader interface {
	// ReadJobs returns one job per ID, in their order. A job that the cloud no longer
	// shows has the state JobVanished.
	ReadJobs(ctx context.Context, ids []JobID) ([]Job, error)
}

// JobState is the state of a job, the same for all clouds.
type JobState string

// The states of a job. All but JobRunning are final.
const (
	JobRunning   JobState = "running"
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled" // by an operator of the cloud
	JobVanished  JobState = "vanished"  // the cloud no longer shows it
)

// Job is work that a cloud does in the background.
type Job struct {
	ID      JobID    `json:"job" jsonschema_description:"The cloud's reference."`
	State   JobState `json:"state" jsonschema_description:"running, done, failed, cancelled or vanished."`
	Stage   string   `json:"stage,omitempty" jsonschema_description:"The cloud's word for where it is."`
	Percent *int     `json:"percent,omitempty" jsonschema_description:"How far it is."`
	Message string   `json:"message,omitempty" jsonschema_description:"What the cloud says, or why it failed."`
	MadeID  string   `json:"made_id,omitempty" jsonschema_description:"Exact ID of what it makes or changes."`
}

// Accepted is a cloud's response to a write, with the jobs that still run.
type Accepted struct {
	Jobs []JobID
	// Parts are the outcomes of single resources that are known already, or the reasons
	// why one is unknown.
	Parts []Job
}
