package tools

import (
	"context"
	"errors"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// wholePage is the page size in rows when a whole list is read.
const wholePage = 100

// maxCompared bounds how many things are compared with a wrong ID, so that a
// made-up ID does not cost as many requests as the account has machines.
const maxCompared = 2000

// notEarned returns the error for an ID that the cloud does not confirm. It names
// the exact IDs of likely candidates among all.
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

// earn reads a thing by its exact ID. An unknown ID is an error that names likely
// candidates, as far as the list can be read; a name is never resolved.
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
			break // report the error with the candidates read so far
		}
		if all = append(all, candidate(as(other))); len(all) == maxCompared {
			break
		}
	}
	return thing, notEarned(err, kind, listTool, string(id), all)
}

// nameShared reports whether another thing in the list has the same name. Typing
// the name would then not identify the target.
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

// candidate converts a sighting to a possible match for a wrong ID.
func candidate(s tool.Sighting) cloud.Candidate { return cloud.Candidate{ID: s.ID, Name: s.Name} }
