package store

import (
	"context"
	"encoding/json"
	"time"
)

// Grant is a standing permission that a person gave beforehand: equal calls draw
// from it until it is used up, over or revoked.
type Grant struct {
	ID        string // "grant_" and 20 lower-case letters and digits
	Principal string
	Account   string
	Tool      string
	// Equal is the key that a call's plan has to have.
	Equal string
	// Summary is one sentence on what it allows.
	Summary string
	// Uses is how many times it can be drawn from.
	Uses int
	// PerHour is the most that everything drawn from it may cost per hour, such as
	// "5 USD".
	PerHour string
	// Operation is the approved operation that made it, Approver and Road those of
	// its approval.
	Operation string
	Approver  string
	Road      string
	CreatedAt time.Time
	Until     time.Time
	// RevokedAt is zero while it stands; RevokedBy says who took it back.
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

// View reads a store as it stands within one write, when nobody else can change it.
type View interface {
	// Operations returns operations, newest first.
	Operations(ctx context.Context, q OperationQuery) ([]Operation, error)
	// Grant returns one grant or ErrNotFound.
	Grant(ctx context.Context, id string) (Grant, error)
}

// Condition is what has to hold at the moment of a write. Its error stops the
// write, which then has changed nothing, and is returned as it is.
type Condition func(ctx context.Context, now View) error
