package tools

import (
	"errors"
	"fmt"

	"countersign/internal/cloud"
)

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
