package tool

import (
	"context"
	"time"

	"countersign/internal/cloud"
)

// BurnReader reads what runs on an account now, for the spend caps.
type BurnReader interface {
	// Burn reads it from the cloud. That machines could not be read is an error: a
	// list that misses some reads like less being spent.
	Burn(ctx context.Context, account cloud.AccountName) (Burn, error)
}

// Burn is what runs on an account, and what that costs as far as its cloud tells.
type Burn struct {
	Account cloud.AccountName
	// ReadAt is before the first request left: what was made after it may be missing.
	ReadAt time.Time
	// Things are all that exists, each once.
	Things []Running
	// Other is what the cloud charges per hour beyond what is known of Things, where
	// it tells its own sum.
	Other []cloud.Money
	// Month is what was charged this calendar month so far; empty where the cloud does
	// not tell.
	Month []cloud.Money
	// Incomplete says in sentences what could not be read, or is not told.
	Incomplete []string
}

// Running is one thing that exists on an account and costs, or may.
type Running struct {
	// Kind and ID are as in MadeID: "vm", "rental" or "volume".
	Kind, ID string
	// PerHour is what it costs in its present state; nil where that is not known,
	// and then Unknown says why.
	PerHour *cloud.Money
	Unknown string
	Load    cloud.Load
	// LoadUnknown says that it may be more than Load.
	LoadUnknown bool
	// Since is when it was created, where the cloud tells.
	Since *time.Time
}
