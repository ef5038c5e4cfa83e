package voltagepark

import (
	"errors"
	"slices"
	"strings"

	"countersign/internal/cloud"
)

// exactly runs a request about one thing by its exact ID. An ID of another form
// than the vendor's never leaves; a 404 and a 422 on the ID in the path are what
// the vendor says of an ID that it does not know.
func exactly[ID ~string, Out any](p *Provider, operation string, id ID, request func(ID) (Out, error)) (Out, error) {
	var zero Out
	if !isUUID(string(id)) {
		return zero, p.refuse(cloud.ErrUnknownID, operation, "no such ID in this account: IDs of this cloud are UUIDs such as 123e4567-e89b-12d3-a456-426614174000")
	}
	out, err := request(id)
	if err != nil {
		return zero, asUnknownID(err)
	}
	return out, nil
}

// sameID refuses an answer that is about something else than what was asked
// for. UUIDs are equal in either case to the vendor and never to us: the exact
// ID is offered instead.
func sameID[ID ~string](p *Provider, operation string, asked, answered ID) error {
	switch {
	case asked == answered:
		return nil
	case strings.EqualFold(string(asked), string(answered)):
		e := p.refuse(cloud.ErrUnknownID, operation, "the exact ID is written in another case")
		e.Candidates = []cloud.Candidate{{ID: string(answered)}}
		return e
	}
	return p.refuse(cloud.ErrUnavailable, operation, "the cloud answered about another ID than the one asked for")
}

func asUnknownID(err error) error {
	var e *cloud.Error
	if errors.As(err, &e) && e.Kind == cloud.ErrInvalid &&
		slices.ContainsFunc(e.Issues, func(i cloud.Issue) bool { return strings.HasPrefix(i.Field, pathIssue) }) {
		e.Kind = cloud.ErrUnknownID
	}
	return err
}

// isUUID reports whether s has the documented form of all IDs that stand in
// paths.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range []byte(s) {
		switch i {
		case 8, 13, 18, 23:
			if r != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdefABCDEF", rune(r)) {
				return false
			}
		}
	}
	return true
}
