package voltagepark

import (
	"slices"
	"strings"
	"time"

	"countersign/internal/cloud"
)

// clockSkew is how far the vendor's clock may be behind ours when what a lost create
// made is looked for.
const clockSkew = time.Minute

// finder goes through what an account has for what a create made. The mark among its
// tags is proof. The name on something that is new enough is a possibility, or, where
// the create left no mark, has to do as on clouds that have none.
type finder[ID ~string] struct {
	search cloud.CreateSearch
	proof  []ID
	named  []ID
	// untold says that of one of the named the time of creation is not told.
	untold   bool
	possible []cloud.Candidate
}

// look takes one thing and reports whether it is certainly the one.
func (f *finder[ID]) look(id ID, name string, tags []string, created *time.Time) bool {
	unmarked := f.search.Marker == ""
	switch {
	case !unmarked && slices.Contains(tags, f.search.Marker):
		f.proof = []ID{id}
		return true
	case unmarked && slices.ContainsFunc(tags, func(tag string) bool { return strings.HasPrefix(tag, markerPrefix) }):
		return false // of another create, which left a mark
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

// result is what was found. Without a mark exactly one new thing of the name is it.
func (f *finder[ID]) result() cloud.Found[ID] {
	switch {
	case len(f.proof) > 0:
		return cloud.Found[ID]{IDs: f.proof}
	case f.search.Marker == "" && len(f.named) == 1 && !f.untold:
		return cloud.Found[ID]{IDs: f.named}
	}
	return cloud.Found[ID]{Possible: f.possible}
}
