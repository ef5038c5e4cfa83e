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
	out, err := cloud.ByUUID(p.account, operation, id, request)
	if err != nil {
		var none Out
		return none, asUnknownID(err)
	}
	return out, nil
}

func asUnknownID(err error) error {
	var e *cloud.Error
	if errors.As(err, &e) && e.Kind == cloud.ErrInvalid &&
		slices.ContainsFunc(e.Issues, func(i cloud.Issue) bool { return strings.HasPrefix(i.Field, pathIssue) }) {
		e.Kind = cloud.ErrUnknownID
	}
	return err
}
