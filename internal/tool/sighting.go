package tool

import (
	"context"

	"countersign/internal/cloud"
)

// Sighting is the name under which a thing was shown by its cloud. Kind and ID are as
// in a Target, the name is cleaned for display.
type Sighting struct {
	Account        cloud.AccountName
	Kind, ID, Name string
}

type sightingsKey struct{}

// WithSightings lets whatever the tools below read be seen: names are remembered, so
// that a new one does not hide what something was. It is called by several at a time
// where clouds are asked side by side.
func WithSightings(ctx context.Context, see func([]Sighting)) context.Context {
	return context.WithValue(ctx, sightingsKey{}, see)
}

// See tells who wants to know under which names things were shown. The sightings are
// made only for somebody.
func See[T any](ctx context.Context, things []T, as func(T) Sighting) {
	see, ok := ctx.Value(sightingsKey{}).(func([]Sighting))
	if !ok || len(things) == 0 {
		return
	}
	seen := make([]Sighting, len(things))
	for i, thing := range things {
		seen[i] = as(thing)
	}
	see(seen)
}
