package guard

import (
	"encoding/json"
	"errors"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/spend"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// storedOutcome is an outcome with a text about what was not done.
type storedOutcome struct {
	tool.Outcome
	Shortfall string `json:"shortfall,omitempty"`
}

// encodeOutcome encodes an outcome as storedResult reads it.
func encodeOutcome(outcome tool.Outcome, shortfall string) (json.RawMessage, error) {
	raw, err := json.Marshal(storedOutcome{outcome, shortfall})
	if err != nil {
		return nil, fmt.Errorf("store outcome: %w", err)
	}
	return raw, nil
}

// storedResult returns the outcome of an operation. One in state Done or Running has to have
// one; before that it may be empty.
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

func storedPlan(op store.Operation) (tool.Plan, error) {
	var plan tool.Plan
	if err := json.Unmarshal(op.Plan, &plan); err != nil {
		return plan, fmt.Errorf("read plan of %s: %w", op.ID, err)
	}
	return plan, nil
}

func storedCharge(op store.Operation) (spend.Charge, error) {
	var charge spend.Charge
	if err := json.Unmarshal(op.Charge, &charge); err != nil {
		return charge, fmt.Errorf("read charge of %s: %w", op.ID, err)
	}
	return charge, nil
}

func storedJobs(op store.Operation) ([]cloud.Job, error) {
	var jobs []cloud.Job
	if len(op.Jobs) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(op.Jobs, &jobs); err != nil {
		return nil, fmt.Errorf("read jobs of %s: %w", op.ID, err)
	}
	return jobs, nil
}

// storedFailure returns the error that an operation ended with.
func storedFailure(op store.Operation) error {
	var e tool.Error
	if err := json.Unmarshal(op.Failure, &e); err != nil {
		return errors.Join(fmt.Errorf("operation %s failed", op.ID), err)
	}
	return &e
}

// storedReason is why an operation ended without being carried out.
type storedReason struct {
	tool.Error
	// Mistyped is true if the person accepted but typed something else than was required.
	Mistyped bool `json:"mistyped,omitempty"`
}
