package policy

import (
	"maps"
	"slices"

	"countersign/internal/cloud"
)

// Caps are the limits on spending. The zero value limits nothing.
type Caps struct {
	All      Limits
	Accounts map[cloud.AccountName]Limits
	// Unknown is the outcome for calls whose own price is unknown: Ask or Deny; empty where
	// there are no caps.
	Unknown Outcome
	// Counted are the accounts that All applies to; nil is every account.
	Counted []cloud.AccountName
	// Above are the caps of the server, which apply as well; nil for none.
	Above *Caps
}

// Limits are the caps of one scope: amounts of money, at most one per currency, and numbers
// of running machines and GPUs. What is not set is not limited.
type Limits struct {
	// PerCall and PerHour are rates per hour: of one call, and of everything that runs.
	PerCall, PerHour []cloud.Money
	// PerDay and PerMonth are sums since the beginning of the day and the month, UTC.
	PerDay, PerMonth []cloud.Money
	Machines, GPUs   *int
}

// Caps returns a copy of the limits on spending.
func (r *Rules) Caps() Caps {
	if r == nil {
		return Caps{}
	}
	caps := Caps{All: r.caps.All.clone(), Unknown: r.caps.Unknown, Accounts: maps.Clone(r.caps.Accounts), Counted: slices.Clone(r.caps.Counted), Above: r.caps.Above}
	for name, limits := range caps.Accounts {
		caps.Accounts[name] = limits.clone()
	}
	return caps
}

// Under returns these rules for one caller of a server: the server's protections apply to
// this caller too, a server that only reads or whose rules cannot be read does so for this
// caller, and the server's caps apply beside the caller's own, which count the given
// accounts.
func (r *Rules) Under(server *Rules, counted []cloud.AccountName) *Rules {
	if server.unreadable {
		return server
	}
	own := *r
	own.protected = slices.Concat(server.protected, r.protected)
	own.readOnly = r.readOnly || server.readOnly
	above := server.Caps()
	own.caps.Counted, own.caps.Above = slices.Clone(counted), &above
	return &own
}

func (l Limits) clone() Limits {
	l.PerCall, l.PerHour, l.PerDay, l.PerMonth = slices.Clone(l.PerCall), slices.Clone(l.PerHour), slices.Clone(l.PerDay), slices.Clone(l.PerMonth)
	l.Machines, l.GPUs = clone(l.Machines), clone(l.GPUs)
	return l
}

func clone(n *int) *int {
	if n == nil {
		return nil
	}
	return new(*n)
}
