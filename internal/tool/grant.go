package tool

import (
	"context"
	"time"

	"countersign/internal/cloud"
)

// GrantID identifies a standing grant.
type GrantID string

// SchemaPattern is the pattern of a grant's ID.
func (GrantID) SchemaPattern() string { return `^grant_[a-z0-9]{20}$` }

// GrantTerms are what a person approves beforehand: a number of calls that are equal
// except for the names of what they make.
type GrantTerms struct {
	Tool string `json:"tool"`
	Noun string `json:"noun"`
	// Equal is the key of the plans that it covers.
	Equal   string      `json:"equal"`
	Uses    int         `json:"uses"`
	PerHour cloud.Money `json:"per_hour"`
	Until   time.Time   `json:"until"`
}

// GrantRow is one standing grant in a list.
type GrantRow struct {
	Grant       GrantID           `json:"grant" jsonschema_description:"Exact ID."`
	Principal   string            `json:"principal" jsonschema_description:"Whose calls may draw from it."`
	Account     cloud.AccountName `json:"account" jsonschema_description:"Its account."`
	Tool        string            `json:"tool" jsonschema_description:"The tool whose calls it covers."`
	Summary     string            `json:"summary" jsonschema_description:"What it allows."`
	State       string            `json:"state" jsonschema_description:"standing, used up, over or revoked."`
	UsesLeft    int               `json:"uses_left" jsonschema_description:"How many more calls it covers."`
	PerHourLeft cloud.Money       `json:"per_hour_left" jsonschema_description:"What those may cost together."`
	Until       time.Time         `json:"until" jsonschema_description:"When it ends."`
	Operation   OperationID       `json:"operation" jsonschema_description:"The operation that a person approved."`
}

// Grants is the part of the guard that the tools for standing grants need.
type Grants interface {
	// OpenGrant makes the grant of an approved operation that is being carried out.
	OpenGrant(ctx context.Context, operation string) (GrantRow, error)
	// GrantOf returns the grant that an operation made, or nil.
	GrantOf(ctx context.Context, operation string) (*GrantRow, error)
	// ListGrants returns the grants of the calling principal, newest first.
	ListGrants(ctx context.Context) ([]GrantRow, error)
	// RevokeGrant revokes a grant of the calling principal immediately.
	RevokeGrant(ctx context.Context, id GrantID) (Outcome, error)
}
