package gpcn

import (
	"encoding/json"

	"countersign/internal/cloud"
)

// Change is a member of an update with three states: left out (the zero Change,
// which leaves the field unchanged), null (which clears it), and a value. A struct
// field of this type needs the tag omitzero.
type Change[T any] struct {
	given bool
	value *T
}

// SetTo is the change to a value.
func SetTo[T any](value T) Change[T] { return Change[T]{given: true, value: &value} }

// Clear is the change to null.
func Clear[T any]() Change[T] { return Change[T]{given: true} }

// IsZero reports whether the field stays unchanged.
func (c Change[T]) IsZero() bool { return !c.given }

// Value is the new value; nil where the field is cleared or stays unchanged.
func (c Change[T]) Value() *T { return c.value }

// MarshalJSON writes the value or null.
func (c Change[T]) MarshalJSON() ([]byte, error) { return json.Marshal(c.value) }

// UnmarshalJSON reads a value or null.
func (c *Change[T]) UnmarshalJSON(raw []byte) error {
	c.given = true
	return json.Unmarshal(raw, &c.value)
}

// RevealedSecret is a secret in a request body: it is encoded with its value and
// still prints as a placeholder. Nothing but a request body may hold one.
type RevealedSecret struct{ cloud.Secret }

// MarshalText writes the value.
func (s RevealedSecret) MarshalText() ([]byte, error) { return []byte(s.Reveal()), nil }
