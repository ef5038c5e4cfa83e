package voltagepark

import (
	"errors"
	"slices"
	"strings"

	"countersign/internal/cloud"
)

// exactly runs a request about one resource by its exact ID. It sends nothing for an ID
// that is not a UUID. The vendor returns 404, or 422 with an issue on the path, for an
// unknown ID; both become ErrUnknownID.
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
