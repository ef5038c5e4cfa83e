package tool

import (
	"context"
	"time"

	"countersign/internal/cloud"
)

// BurnReader reads the running resources of an account, for the spend caps.
type BurnReader interface {
	// Burn reads them from the cloud. It returns an error where machines could not be
	// read, because an incomplete list would look like less spending.
	Burn(ctx context.Context, account cloud.AccountName) (Burn, error)
}

// Burn is the running resources of an account and their cost, as far as it is known.
type Burn struct {
	Account cloud.AccountName
	// ReadAt is from before the first request: resources made later may be missing.
	ReadAt time.Time
	// Things are all resources, each once.
	Things []Running
	// Other is the part of the cloud's own sum per hour that Things do not explain; empty
	// where the cloud reports no sum.
	Other []cloud.Money
	// Month is the sum charged in this calendar month; empty where the cloud does not
	// report it.
	Month []cloud.Money
	// Incomplete are sentences about what could not be read or is not reported.
	Incomplete []string
}

// Running is one resource of an account that costs money, or may.
type Running struct {
	// Kind and ID are as in MadeID: "vm", "rental" or "volume".
	Kind, ID string
	// PerHour is its cost in its present state; nil where that is unknown, and then
	// Unknown says why.
	PerHour *cloud.Money
	Unknown string
	Load    cloud.Load
	// LoadUnknown says that its load may be more than Load.
	LoadUnknown bool
	// Since is when it was created; nil where the cloud does not report it.
	Since *time.Time
}
