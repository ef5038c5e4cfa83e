package tool

import (
	"time"

	"countersign/internal/cloud"
)

// Status is where a call above a read stands.
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
	Status    Status     `json:"status" jsonschema_description:"done; running; approval_required: a person has to approve at approve_at, then repeat this call unchanged; unknown: the answer was lost and is being found out, never repeat it with other words."`
	Operation string     `json:"operation,omitempty" jsonschema_description:"Exact ID of the operation, for get_operation and wait_operation."`
	Summary   string     `json:"summary" jsonschema_description:"What was done or is asked for."`
	IDs       []MadeID   `json:"ids,omitempty" jsonschema_description:"Exact IDs of what was made or changed."`
	ApproveAt string     `json:"approve_at,omitempty" jsonschema_description:"Where a person approves; you cannot."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" jsonschema_description:"When the question or the approval lapses."`
	Repeated  bool       `json:"repeated,omitempty" jsonschema_description:"The result of an earlier, identical call whose answer was lost; nothing was done again."`
}

// MadeID is the exact ID of something that a call made or changed.
type MadeID struct {
	Kind    string            `json:"kind" jsonschema_description:"vm, ssh_key."`
	ID      string            `json:"id" jsonschema_description:"Exact ID."`
	Account cloud.AccountName `json:"account" jsonschema_description:"The account that has it."`
}
