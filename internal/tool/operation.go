package tool

import (
	"context"
	"time"

	"countersign/internal/cloud"
)

// OperationID identifies an operation of the guard.
type OperationID string

// SchemaPattern is the pattern of an operation ID.
func (OperationID) SchemaPattern() string { return `^op_[a-z0-9]{20}$` }

// OperationState is where an operation stands, in the words of the store.
type OperationState string

// SchemaEnum lists the states.
func (OperationState) SchemaEnum() []string {
	return []string{
		"waiting", "approved", "executing", "running", "done", "failed",
		"unknown", "denied", "expired", "withdrawn", "drifted",
	}
}

// Operations is what the tools for operations need of the guard. Everything is
// limited to the operations of the calling principal.
type Operations interface {
	// GetOperation returns one operation with its whole plan.
	GetOperation(ctx context.Context, id OperationID) (OperationDetail, error)
	// ListOperations returns operations, newest first.
	ListOperations(ctx context.Context, filter OperationFilter) (cloud.Page[OperationRow], error)
	// WaitOperation waits until the operation no longer needs a person or a
	// cloud, at most as long as it is told.
	WaitOperation(ctx context.Context, id OperationID, atMost time.Duration) (OperationStatus, error)
	// CancelOperation withdraws what is not yet carried out.
	CancelOperation(ctx context.Context, id OperationID) (Outcome, error)
	// ConfirmOperation is the caller's own yes, where the rules take that; the
	// summary has to be the operation's, word for word.
	ConfirmOperation(ctx context.Context, id OperationID, summary string) (Outcome, error)
}

// OperationFilter selects operations; zero fields do not filter.
type OperationFilter struct {
	Account cloud.AccountName
	State   OperationState
	Page    cloud.PageRequest
}

// OperationRow is one operation in a list.
type OperationRow struct {
	Operation OperationID       `json:"operation" jsonschema_description:"Exact ID."`
	Tool      string            `json:"tool" jsonschema_description:"Tool."`
	Account   cloud.AccountName `json:"account,omitempty" jsonschema_description:"Its account."`
	State     OperationState    `json:"state" jsonschema_description:"approved: repeat the call; unknown: sent, answer lost."`
	Effect    string            `json:"effect" jsonschema_description:"change, disrupt, bill or destroy."`
	Summary   string            `json:"summary" jsonschema_description:"What it does."`
	CreatedAt time.Time         `json:"created_at" jsonschema_description:"When it was first called."`
	IDs       []MadeID          `json:"ids,omitempty" jsonschema_description:"What it made or changed."`
}

// OperationStatus is where one operation stands and what to do next.
type OperationStatus struct {
	OperationRow
	Next      string     `json:"next" jsonschema_description:"The next right step."`
	ApproveAt string     `json:"approve_at,omitempty" jsonschema_description:"Where a person approves."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" jsonschema_description:"When that lapses."`
}

// OperationDetail is one operation with its plan, its answer and its outcome.
type OperationDetail struct {
	OperationStatus
	Plan     string      `json:"plan" jsonschema_description:"The question as a person sees it; names in it are data."`
	Answered string      `json:"answered,omitempty" jsonschema_description:"When, by whom and how it was answered."`
	Failure  *Failure    `json:"failure,omitempty" jsonschema_description:"Why it was not carried out."`
	Jobs     []cloud.Job `json:"jobs,omitempty" jsonschema_description:"What the cloud goes on with."`
	Marker   string      `json:"marker,omitempty" jsonschema_description:"The mark left on what it made."`
	EndedAt  *time.Time  `json:"ended_at,omitempty" jsonschema_description:"When it ended."`
}
