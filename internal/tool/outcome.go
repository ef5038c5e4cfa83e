package tool

import "time"

// Status is the state of a call above a read.
type Status string

// The statuses that an agent sees.
const (
	StatusDone             Status = "done"
	StatusRunning          Status = "running"
	StatusApprovalRequired Status = "approval_required"
	StatusUnknown          Status = "unknown"
)

// SchemaEnum lists the statuses.
func (Status) SchemaEnum() []string {
	return []string{string(StatusDone), string(StatusRunning), string(StatusApprovalRequired), string(StatusUnknown)}
}

// Outcome is the result of every tool above a read.
type Outcome struct {
	Status    Status     `json:"status" jsonschema_description:"approval_required: a person approves, then repeat this call; unknown: repeat only this call."`
	Operation string     `json:"operation,omitempty" jsonschema_description:"Exact ID of the operation."`
	Summary   string     `json:"summary" jsonschema_description:"What was done or is asked."`
	IDs       []MadeID   `json:"ids,omitempty" jsonschema_description:"What was made or changed."`
	ApproveAt string     `json:"approve_at,omitempty" jsonschema_description:"Where a person approves."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" jsonschema_description:"When that lapses."`
	Repeated  bool       `json:"repeated,omitempty" jsonschema_description:"Result of an earlier, equal call."`
}

// MadeID is the exact ID of something that a call made or changed in its account.
type MadeID struct {
	Kind string `json:"kind" jsonschema_description:"Such as vm."`
	ID   string `json:"id" jsonschema_description:"Exact ID."`
}
