package tools

import (
	"context"
	"errors"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// wholePage is how many rows are asked for at a time when all are needed.
const wholePage = 100

// maxCompared is how many things a wrong ID is compared with: an ID that was
// made up must not cost as many requests as an account has machines.
const maxCompared = 2000

// notEarned refuses an ID that the cloud does not confirm, with the exact IDs
// of what may have been meant among the first of all that there is.
func notEarned(err error, kind, listTool, given string, all []cloud.Candidate) error {
	var cause *cloud.Error
	if !errors.As(err, &cause) {
		return err
	}
	refusal := *cause
	refusal.Candidates = cloud.Nearest(given, all[:min(len(all), maxCompared)])
	refusal.Hint = "Take the exact ID of the " + kind + " from " + listTool + "; names are never resolved."
	if len(refusal.Candidates) > 0 {
		refusal.Hint = "If one of candidates is meant, ask the user or check it, then call with its exact ID; names are never resolved."
	}
	if len(all) >= maxCompared {
		refusal.Hint += fmt.Sprintf(" Only the first %d of %s were compared with it.", maxCompared, listTool)
	}
	return &refusal
}

// rowsFunc reads a page of a list.
type rowsFunc[Row any] = func(context.Context, cloud.PageRequest) (cloud.Page[Row], error)

// earn reads a thing by its exact ID. An ID of nothing is refused with the IDs of
// what may have been meant, as far as the list can be read; a name is never resolved.
func earn[Thing, Row any, ID ~string](
	ctx context.Context, id ID, get func(context.Context, ID) (Thing, error), list rowsFunc[Row], as func(Row) tool.Sighting, kind, listTool string,
) (Thing, error) {
	thing, err := get(ctx, id)
	if !cloud.IsKind(err, cloud.ErrUnknownID) {
		return thing, err
	}
	var all []cloud.Candidate
	for other, listErr := range cloud.All(ctx, wholePage, sighted(list, as)) {
		if listErr != nil {
			break // the refusal stands with what is known
		}
		if all = append(all, candidate(as(other))); len(all) == maxCompared {
			break
		}
	}
	return thing, notEarned(err, kind, listTool, string(id), all)
}

// nameShared reports whether another thing of a list has the same name, so that
// typing it would not say which one is meant.
func nameShared[Row any](ctx context.Context, list rowsFunc[Row], as func(Row) tool.Sighting, target tool.Target) (bool, error) {
	for row, err := range cloud.All(ctx, wholePage, sighted(list, as)) {
		if err != nil {
			return false, err
		}
		if other := as(row); other.Name == target.Name && other.ID != target.ID {
			return true, nil
		}
	}
	return false, nil
}

// candidate is a thing that may have been meant.
func candidate(s tool.Sighting) cloud.Candidate { return cloud.Candidate{ID: s.ID, Name: s.Name} }
