package gpcn

import (
	"regexp"
	"strings"

	"countersign/internal/cloud"
)

// uuid is the documented form of all IDs that stand in paths.
var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// exactly runs a request about one thing by its exact ID. An ID of another form
// than the vendor's never leaves.
func exactly[ID ~string, Out any](p *Provider, operation string, id ID, request func(ID) (Out, error)) (Out, error) {
	if !uuid.MatchString(string(id)) {
		var none Out
		return none, p.refuse(cloud.ErrUnknownID, operation,
			"no such ID in this account: IDs of this cloud are UUIDs such as 123e4567-e89b-12d3-a456-426614174000",
			"Take the exact ID from a list of this account; names are never resolved.")
	}
	return request(id)
}

// sameID refuses an answer that is about something else than what was asked
// for. UUIDs are equal in either case to the vendor and never to us: the exact
// ID is offered instead.
func sameID[ID ~string](p *Provider, operation string, asked, answered ID) error {
	switch {
	case asked == answered:
		return nil
	case strings.EqualFold(string(asked), string(answered)):
		e := p.refuse(cloud.ErrUnknownID, operation, "the exact ID is written in another case", "Call with the ID of candidates.")
		e.Candidates = []cloud.Candidate{{ID: string(answered)}}
		return e
	}
	return p.refuse(cloud.ErrUnavailable, operation, "the cloud answered about another ID than the one asked for", "Try again later; if it lasts, tell the user.")
}

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
