package tools

import (
	"errors"

	"countersign/internal/cloud"
)

// notEarned refuses an ID that the cloud does not confirm, with the exact IDs
// of what may have been meant.
func notEarned(err error, kind, listTool, given string, all []cloud.Candidate) error {
	var cause *cloud.Error
	if !errors.As(err, &cause) {
		return err
	}
	refusal := *cause
	refusal.Candidates = cloud.Nearest(given, all)
	refusal.Hint = "Take the exact ID of the " + kind + " from " + listTool + "; names are never resolved."
	if len(refusal.Candidates) > 0 {
		refusal.Hint = "If one of candidates is meant, ask the user or check it, then call with its exact ID; names are never resolved."
	}
	return &refusal
}
