package tool

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Scope is the name of a permission of a caller over HTTP. No scope allows approving,
// which is for people.
type Scope string

// The scopes. No scope includes another.
const (
	// ScopeRead allows reads.
	ScopeRead Scope = "cloud:read"
	// ScopeWrite allows the effects Change and Disrupt, and the caller's own operations.
	ScopeWrite Scope = "cloud:write"
	// ScopeSpend allows the effect Bill.
	ScopeSpend Scope = "cloud:spend"
	// ScopeDestroy allows the effect Destroy.
	ScopeDestroy Scope = "cloud:destroy"
	// ScopeMetrics allows reading the server's metrics, which cover all callers. No tool
	// needs it.
	ScopeMetrics Scope = "server:metrics"
)

// AllScopes lists the scopes that tools need and clients request, in order.
func AllScopes() []Scope { return []Scope{ScopeRead, ScopeWrite, ScopeSpend, ScopeDestroy} }

// knownScopes lists all scopes that a set can have.
func knownScopes() []Scope { return append(AllScopes(), ScopeMetrics) }

// scopeOf returns the scope that an effect needs. For an invalid effect it returns a
// scope that no set can have.
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

// Scopes is a set of scopes. The zero value is the empty set.
type Scopes struct{ bits uint8 }

// NewScopes returns a set. It ignores unknown names, because issuers of tokens have
// scopes of their own.
func NewScopes(scopes ...Scope) Scopes {
	var s Scopes
	for i, known := range knownScopes() {
		if slices.Contains(scopes, known) {
			s.bits |= 1 << i
		}
	}
	return s
}

// ParseScope returns the scope with a name, or an error for an unknown one.
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

// IsEmpty reports whether the set is empty.
func (s Scopes) IsEmpty() bool { return s.bits == 0 }

// Intersect returns the scopes that are in both sets.
func (s Scopes) Intersect(other Scopes) Scopes { return Scopes{s.bits & other.bits} }

type scopesKey struct{}

// WithScopes adds the scopes of the caller to a context; nil, for a caller without a login,
// adds none.
func WithScopes(ctx context.Context, scopes *Scopes) context.Context {
	if scopes == nil {
		return ctx
	}
	return context.WithValue(ctx, scopesKey{}, *scopes)
}

// ScopesOf returns the scopes of the caller of a context; ok is false for a caller without
// a login, who needs none. Nothing is allowed or refused by it: the guard does that.
func ScopesOf(ctx context.Context) (scopes Scopes, ok bool) {
	scopes, ok = ctx.Value(scopesKey{}).(Scopes)
	return scopes, ok
}

// Covers returns the scopes that a call with these effects needs and that are not
// in the set. Each effect needs its own scope. A call without effects is treated as the
// worst.
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

// String lists the scopes of the set separated by spaces, as OAuth does.
func (s Scopes) String() string { return JoinScopes(s.List()) }

// JoinScopes lists scopes separated by spaces, as OAuth does.
func JoinScopes(scopes []Scope) string {
	words := make([]string, len(scopes))
	for i, scope := range scopes {
		words[i] = string(scope)
	}
	return strings.Join(words, " ")
}
