package store

import (
	"context"
	"encoding/json"
	"time"
)

// Grant is a standing permission that a person gave beforehand. Equal calls draw
// from it until it is used up, has expired or is revoked.
type Grant struct {
	ID        string // "grant_" and 20 lower-case letters and digits
	Principal string
	Account   string
	Tool      string
	// Equal is the key of the plans that it covers.
	Equal string
	// Summary is one sentence on what it allows.
	Summary string
	// Uses is how many times it can be drawn from.
	Uses int
	// PerHour is the most that everything drawn from it may cost per hour, such as
	// "5 USD".
	PerHour string
	// Operation is the approved operation that made it; Approver and Road say who
	// approved that operation, and how.
	Operation string
	Approver  string
	Road      string
	CreatedAt time.Time
	Until     time.Time
	// RevokedAt is zero unless it was revoked; RevokedBy says who revoked it.
	RevokedAt time.Time
	RevokedBy string
	// Plan is the plan that was approved with it.
	Plan json.RawMessage
	// Version counts changes; Update compares and increments it.
	Version int64
}

// GrantQuery selects grants; zero fields do not filter.
type GrantQuery struct {
	Principal string
	Account   string
	Tool      string
	Equal     string
	Operation string
}

// View reads a store within one write transaction, so that nothing else changes it.
type View interface {
	// Operations returns operations, newest first.
	Operations(ctx context.Context, q OperationQuery) ([]Operation, error)
	// Grant returns one grant or ErrNotFound.
	Grant(ctx context.Context, id string) (Grant, error)
}

// Condition is checked within a write transaction. An error rolls the transaction
// back and is returned unchanged.
type Condition func(ctx context.Context, now View) error
