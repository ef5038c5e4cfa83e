package gpcn

import "countersign/internal/cloud"

// lookup is an ID to look up, the field it was given in, what it names, and the tool
// that lists such IDs.
type lookup struct {
	operation string
	field     string
	id        string
	what      string
	list      string
}

// confirm returns the element of all that has the ID. It never resolves a name: an
// ID that is not there is an ErrUnknownID with candidates.
func confirm[T any](p *Provider, want lookup, all []T, named func(T) cloud.Candidate) (T, error) {
	candidates := make([]cloud.Candidate, 0, len(all))
	for _, one := range all {
		candidate := named(one)
		if candidate.ID == want.id {
			return one, nil
		}
		candidate.Name = cloud.CleanText(candidate.Name)
		candidates = append(candidates, candidate)
	}
	e := p.refuse(cloud.ErrUnknownID, want.operation, want.field+": no "+want.what+" with this ID",
		"Take the exact ID from "+want.list+"; names are never resolved.")
	e.Candidates = cloud.Nearest(want.id, candidates)
	var none T
	return none, e
}
