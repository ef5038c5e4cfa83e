package guard

import (
	"encoding/json"
	"fmt"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// storedResult returns the outcome of an operation. It is an error that one which is
// done, or goes on at its cloud, has none; before that it is empty.
func storedResult(op store.Operation) (storedOutcome, error) {
	var outcome storedOutcome
	if len(op.Result) == 0 && op.State != store.Done && op.State != store.Running {
		return outcome, nil
	}
	if err := json.Unmarshal(op.Result, &outcome); err != nil {
		return outcome, fmt.Errorf("read outcome of %s: %w", op.ID, err)
	}
	return outcome, nil
}

// madeIDs returns the IDs of what an operation made or acted on, as its outcome has them.
func madeIDs(op store.Operation) ([]tool.MadeID, error) {
	outcome, err := storedResult(op)
	return outcome.IDs, err
}
