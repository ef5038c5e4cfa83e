package tool

import (
	"context"

	"countersign/internal/cloud"
)

// Sighting is the name under which a cloud showed a resource. Kind and ID are as in a
// Target; the name is cleaned for display.
type Sighting struct {
	Account        cloud.AccountName
	Kind, ID, Name string
}

type sightingsKey struct{}

// WithSightings returns a context in which See calls a function. The names are stored,
// so that a rename does not hide what a resource was. Several goroutines may call it at
// the same time.
func WithSightings(ctx context.Context, see func([]Sighting)) context.Context {
	return context.WithValue(ctx, sightingsKey{}, see)
}

// See reports the names of resources to the function of WithSightings. Without one, it
// does not call as.
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
