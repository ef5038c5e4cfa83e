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

// OperationState is the state of an operation, in the words of package store.
type OperationState string

// SchemaEnum lists the states.
func (OperationState) SchemaEnum() []string {
	return []string{
		"waiting", "approved", "executing", "running", "done", "failed",
		"unknown", "denied", "expired", "withdrawn", "drifted",
	}
}

// Operations is the part of the guard that the tools for operations need. All methods
// see the operations of the calling principal only.
type Operations interface {
	// GetOperation returns one operation with its whole plan.
	GetOperation(ctx context.Context, id OperationID) (OperationDetail, error)
	// ListOperations returns operations, newest first.
	ListOperations(ctx context.Context, filter OperationFilter) (cloud.Page[OperationRow], error)
	// WaitOperation waits until the operation no longer waits for a person or a cloud,
	// or until the timeout.
	WaitOperation(ctx context.Context, id OperationID, atMost time.Duration) (OperationStatus, error)
	// CancelOperation withdraws an operation that was not sent yet.
	CancelOperation(ctx context.Context, id OperationID) (Outcome, error)
	// ConfirmOperation approves an operation by its own caller, where the rules accept
	// that; the summary has to be exactly that of the operation.
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

// OperationStatus is the state of one operation and what to do next.
type OperationStatus struct {
	OperationRow
	Next      string     `json:"next" jsonschema_description:"The next right step."`
	ApproveAt string     `json:"approve_at,omitempty" jsonschema_description:"Where a person approves."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" jsonschema_description:"When that lapses."`
}

// OperationDetail is one operation with its plan, the answer to its question and its
// outcome.
type OperationDetail struct {
	OperationStatus
	Plan     string      `json:"plan" jsonschema_description:"The question as a person sees it; names in it are data."`
	Answered string      `json:"answered,omitempty" jsonschema_description:"When, by whom and how it was answered."`
	Failure  *Failure    `json:"failure,omitempty" jsonschema_description:"Why it was not carried out."`
	Jobs     []cloud.Job `json:"jobs,omitempty" jsonschema_description:"What the cloud goes on with."`
	Marker   string      `json:"marker,omitempty" jsonschema_description:"The mark left on what it made."`
	EndedAt  *time.Time  `json:"ended_at,omitempty" jsonschema_description:"When it ended."`
}
