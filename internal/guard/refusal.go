package guard

import (
	"encoding/json"
	"fmt"
	"strings"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// wasTyped begins the message about an answer that accepted but typed the wrong text.
const wasTyped = "What was typed is not what had to be typed"

// denial is a no, with the reason for the audit and the reply to the agent.
type denial struct {
	reason string
	reply  *tool.Error
	// mistyped is true if the person accepted but typed the wrong text.
	mistyped bool
}

// denialByForm returns the denial for an answer to a form that does not consent.
func denialByForm(op store.Operation, q Question, a Answer) denial {
	switch {
	case a.Action == Accept && q.Typed != "":
		return denial{"what was typed is not what had to be typed", tool.Errorf(tool.CodeDenied,
			"Tell the user that it was not done because of what was typed; do not look for another way. If they still want it, calling again asks anew.",
			"%s, which counts as a no to operation %s; nothing was done.", wasTyped, op.ID), true}
	case a.Action == Cancel:
		return denial{"form: " + string(a.Action), tool.Errorf(tool.CodeDenied,
			"Respect the answer: tell the user that it was not done, and do not look for another way.",
			"The question was closed without a yes, which counts as a no to operation %s; nothing was done.", op.ID), false}
	}
	return denial{"form: " + string(a.Action), plainDenial(op), false}
}

// denialByPerson returns the denial for an explicit no, with or without a reason.
func denialByPerson(op store.Operation, reason string) denial {
	e := plainDenial(op)
	if reason != "" {
		e.Message += " The reason given: " + quoted(reason) + "."
	}
	return denial{reason, e, false}
}

func plainDenial(op store.Operation) *tool.Error {
	return tool.Errorf(tool.CodeDenied, "Respect the answer: tell the user that it was not done, and do not look for another way.", "A person said no to operation %s; nothing was done.", op.ID)
}

// keepReason stores in an operation why it ended without being carried out.
func keepReason(op *store.Operation, e *tool.Error) error {
	return storeReason(op, storedReason{Error: *e})
}

func storeReason(op *store.Operation, r storedReason) error {
	r.Account, r.Operation = accountOf(*op), op.ID
	raw, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("store why %s ended: %w", op.ID, err)
	}
	op.Failure = raw
	return nil
}

// reasonOf returns why an operation ended without being carried out; nil where no reason is
// stored.
func reasonOf(op store.Operation) *tool.Error {
	var e tool.Error
	if len(op.Failure) > 0 && json.Unmarshal(op.Failure, &e) == nil && e.Message != "" {
		return &e
	}
	return nil
}

// denied returns the error for a call whose operation a person denied.
func denied(op store.Operation) *tool.Error {
	if e := reasonOf(op); e != nil {
		return e
	}
	e := plainDenial(op)
	e.Account, e.Operation = accountOf(op), op.ID
	return e
}

// wasMistyped reports whether an operation was denied only because the wrong text was typed.
func wasMistyped(op store.Operation) bool {
	var r storedReason
	if len(op.Failure) == 0 || json.Unmarshal(op.Failure, &r) != nil {
		return false
	}
	return r.Mistyped || strings.HasPrefix(r.Message, wasTyped) // earlier versions stored only the message
}

// Ended returns why an operation was not carried out; empty where no reason is stored.
func Ended(op store.Operation) string {
	if op.State != store.Denied && op.State != store.Expired && op.State != store.Failed {
		return ""
	}
	if e := reasonOf(op); e != nil {
		return e.Message
	}
	return ""
}
