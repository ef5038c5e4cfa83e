package gpcn

import "countersign/internal/cloud"

// lookup says which ID is looked up, for what, and which tool lists such IDs.
type lookup struct {
	operation string
	field     string
	id        string
	what      string
	list      string
}

// confirm finds what an ID names among all that there is. What is not there is
// never resolved: the error tells what may have been meant.
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
