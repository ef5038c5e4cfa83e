package voltagepark

import (
	"slices"
	"strings"
	"time"

	"countersign/internal/cloud"
)

// clockSkew is how far the vendor's clock may be behind ours in the search for the
// resource of a create whose response was lost.
const clockSkew = time.Minute

// finder searches an account for the resource that a create made. The marker among its
// tags is proof. The name of a new enough resource makes it possible only; where the
// create left no marker, the name has to do, as on clouds without markers.
type finder[ID ~string] struct {
	search cloud.CreateSearch
	proof  []ID
	named  []ID
	// untold is true where one of the named has no creation time.
	untold   bool
	possible []cloud.Candidate
}

// look examines one resource and reports whether it is certainly the one.
func (f *finder[ID]) look(id ID, name string, tags []string, created *time.Time) bool {
	unmarked := f.search.Marker == ""
	switch {
	case !unmarked && slices.Contains(tags, f.search.Marker):
		f.proof = []ID{id}
		return true
	case unmarked && slices.ContainsFunc(tags, func(tag string) bool { return strings.HasPrefix(tag, markerPrefix) }):
		return false // of another create, which left a marker
	case slices.Contains(f.search.Others, string(id)), !slices.Contains(f.search.Names, name), slices.Contains(f.named, id):
		return false
	case created != nil && created.Before(f.search.Since.Add(-clockSkew)):
		return false
	}
	f.named = append(f.named, id)
	f.untold = f.untold || created == nil
	f.possible = append(f.possible, cloud.Candidate{ID: string(id), Name: cloud.CleanText(name)})
	return false
}

// result returns what was found. Without a marker, the only new resource of the name is
// the one.
func (f *finder[ID]) result() cloud.Found[ID] {
	switch {
	case len(f.proof) > 0:
		return cloud.Found[ID]{IDs: f.proof}
	case f.search.Marker == "" && len(f.named) == 1 && !f.untold:
		return cloud.Found[ID]{IDs: f.named}
	}
	return cloud.Found[ID]{Possible: f.possible}
}
