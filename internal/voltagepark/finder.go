package voltagepark

import (
	"slices"
	"strings"
	"time"

	"countersign/internal/cloud"
)

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
	}
	switch age := cloud.RecencyOf(created, f.search.Since); {
	case age == cloud.TooOld, age == cloud.Doubtful && created != nil && !unmarked:
		return false // the marker would be there
	case age == cloud.Fresh:
		f.named = append(f.named, id)
	}
	f.untold = f.untold || created == nil
	if one := (cloud.Candidate{ID: string(id), Name: cloud.CleanText(name)}); !slices.Contains(f.possible, one) {
		f.possible = append(f.possible, one)
	}
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
