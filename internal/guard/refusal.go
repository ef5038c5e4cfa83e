package guard

import (
	"encoding/json"
	"fmt"
	"strings"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// wasTyped begins the message about an answer that was a yes but for what was typed.
const wasTyped = "What was typed is not what had to be typed"

// denial is what the audit and the agent get of an answer that is not a yes.
type denial struct {
	reason string
	reply  *tool.Error
	// mistyped says that it was a yes but for what was typed.
	mistyped bool
}

// denialByForm is what an answer to a form that is no yes comes to.
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

// denialByPerson is a no that a person said of their own accord, with or without a reason.
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

// keepReason keeps with an operation why it ended without being carried out.
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

// reasonOf is why an operation ended without being carried out; nil where nothing is
// kept of it.
func reasonOf(op store.Operation) *tool.Error {
	var e tool.Error
	if len(op.Failure) > 0 && json.Unmarshal(op.Failure, &e) == nil && e.Message != "" {
		return &e
	}
	return nil
}

// denied is what the call is told whose operation a person said no to.
func denied(op store.Operation) *tool.Error {
	if e := reasonOf(op); e != nil {
		return e
	}
	e := plainDenial(op)
	e.Account, e.Operation = accountOf(op), op.ID
	return e
}

// wasMistyped reports whether an operation was denied by what was typed alone.
func wasMistyped(op store.Operation) bool {
	var r storedReason
	if len(op.Failure) == 0 || json.Unmarshal(op.Failure, &r) != nil {
		return false
	}
	return r.Mistyped || strings.HasPrefix(r.Message, wasTyped) // earlier versions stored only the message
}

// Ended says of an operation that was not carried out why; empty where nothing is kept
// of it.
func Ended(op store.Operation) string {
	if op.State != store.Denied && op.State != store.Expired && op.State != store.Failed {
		return ""
	}
	if e := reasonOf(op); e != nil {
		return e.Message
	}
	return ""
}
