package tool

import (
	"fmt"
	"slices"
	"strings"
)

// Scope is the name of something that a caller over the network may do. There is
// none that approves: approving is for people.
type Scope string

// The scopes. None of them has another in it.
const (
	// ScopeRead reads.
	ScopeRead Scope = "cloud:read"
	// ScopeWrite changes and disrupts, and acts on the caller's own operations.
	ScopeWrite Scope = "cloud:write"
	// ScopeSpend starts or raises a charge.
	ScopeSpend Scope = "cloud:spend"
	// ScopeDestroy loses data or ends a resource.
	ScopeDestroy Scope = "cloud:destroy"
	// ScopeMetrics reads the numbers of the server, which add up what all callers do.
	// No tool needs it.
	ScopeMetrics Scope = "server:metrics"
)

// AllScopes lists the scopes that tools need, in order: those that clients ask for.
func AllScopes() []Scope { return []Scope{ScopeRead, ScopeWrite, ScopeSpend, ScopeDestroy} }

// knownScopes are all that a set can have.
func knownScopes() []Scope { return append(AllScopes(), ScopeMetrics) }

// scopeOf is what an effect needs. What is no effect needs a scope that nobody
// can have.
func scopeOf(e Effect) Scope {
	switch e {
	case Read:
		return ScopeRead
	case Change, Disrupt:
		return ScopeWrite
	case Bill:
		return ScopeSpend
	case Destroy:
		return ScopeDestroy
	}
	return Scope("cloud:" + e.String())
}

// Scopes is a set of scopes. The zero value is none of them.
type Scopes struct{ bits uint8 }

// NewScopes is a set; what is no scope is left out, because issuers of tokens have
// words of their own.
func NewScopes(scopes ...Scope) Scopes {
	var s Scopes
	for i, known := range knownScopes() {
		if slices.Contains(scopes, known) {
			s.bits |= 1 << i
		}
	}
	return s
}

// ParseScope reads the name of a scope.
func ParseScope(name string) (Scope, error) {
	if s := Scope(name); slices.Contains(knownScopes(), s) {
		return s, nil
	}
	return "", fmt.Errorf("there is no scope %q; there are %s", name, NewScopes(knownScopes()...))
}

// List lists the scopes of a set in order.
func (s Scopes) List() []Scope {
	var list []Scope
	for i, known := range knownScopes() {
		if s.bits&(1<<i) != 0 {
			list = append(list, known)
		}
	}
	return list
}

// Has reports whether a scope is in the set.
func (s Scopes) Has(scope Scope) bool { return slices.Contains(s.List(), scope) }

// IsEmpty reports whether nothing is in the set.
func (s Scopes) IsEmpty() bool { return s.bits == 0 }

// Intersect is what two sets have in common.
func (s Scopes) Intersect(other Scopes) Scopes { return Scopes{s.bits & other.bits} }

// Covers returns the scopes that a call with these effects needs and that are not
// in the set. Each effect needs its own. A call of which no effect is known is
// treated as the worst.
func (s Scopes) Covers(effects []Effect) (missing []Scope) {
	if len(effects) == 0 {
		effects = []Effect{Highest(nil)}
	}
	for _, e := range effects {
		if need := scopeOf(e); !s.Has(need) && !slices.Contains(missing, need) {
			missing = append(missing, need)
		}
	}
	return missing
}

// String lists the set as OAuth does, by spaces.
func (s Scopes) String() string { return JoinScopes(s.List()) }

// JoinScopes lists scopes as OAuth does.
func JoinScopes(scopes []Scope) string {
	words := make([]string, len(scopes))
	for i, scope := range scopes {
		words[i] = string(scope)
	}
	return strings.Join(words, " ")
}
