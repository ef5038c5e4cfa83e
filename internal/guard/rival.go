package guard

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// contest compares what was found without a mark with other operations that would have
// made something of the same name, or where nothing is named, an equal thing. It may
// belong to one of them.
func (g *Guard) contest(ctx context.Context, op store.Operation, plan tool.Plan, found tool.Settlement) (_ tool.Settlement, why string, err error) {
	ids := besides(plan.Targets, textsOf(found.Made.IDs))
	rival, err := g.rival(ctx, op, plan)
	if err != nil {
		return found, "", err
	}
	if rival != nil {
		who := "operation " + rival.ID
		if rival.Principal != op.Principal {
			who = "a call of somebody else" // nothing else of another principal may be shown
		}
		return tool.Settlement{Finding: tool.FoundUnclear, Possible: ids, Why: who + " would have made " + likeness(plan) + ", and what came of it is not known either"}, "", nil
	}
	// Read after the rivals: another create that was in flight during the search is a
	// rival still, or its result is here.
	others, err := g.madeByOthers(ctx, op)
	if err != nil {
		return found, "", err
	}
	if slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(others, id) }) {
		return found, "The answer was lost. What the cloud shows of it was made by another call meanwhile.", nil
	}
	return found, "", nil
}

// besides returns the IDs that are not of a target. What a copy is made of is in the result
// of every copy.
func besides(targets []tool.Target, ids []string) []string {
	return slices.DeleteFunc(ids, func(id string) bool {
		return slices.ContainsFunc(targets, func(t tool.Target) bool { return t.ID == id })
	})
}

// likeness says what a rival would have made.
func likeness(p tool.Plan) string {
	if len(p.MadeNames) == 0 {
		return "an equal thing"
	}
	return "something of the same name"
}

// rivals reports whether what one call makes could be taken for what the other makes.
func rivals(a, b tool.Plan) bool {
	if len(a.MadeNames) == 0 {
		return a.Equal != "" && a.Equal == b.Equal
	}
	return slices.ContainsFunc(a.MadeNames, func(name string) bool { return slices.Contains(b.MadeNames, name) })
}

// rival returns another operation with an unknown outcome whose result could be taken for
// that of this one; nil where there is none.
func (g *Guard) rival(ctx context.Context, op store.Operation, plan tool.Plan) (*store.Operation, error) {
	ops, err := g.Store.Operations(ctx, store.OperationQuery{
		Account: op.Account, Tool: op.Tool, EndedAfter: op.SentAt.Add(-namesakeAge),
		States: []store.State{store.Executing, store.Running, store.Unknown, store.Failed, store.Done},
	})
	if err != nil {
		return nil, fmt.Errorf("look for others that may have made it: %w", err)
	}
	ops = slices.DeleteFunc(ops, func(other store.Operation) bool { return other.ID == op.ID || other.Marker != "" })
	for _, other := range ops {
		theirs, err := storedPlan(other)
		if err != nil {
			return nil, err
		}
		if rivals(plan, theirs) && mayHaveMade(other, theirs, op) {
			return &other, nil
		}
	}
	return nil, nil
}

// mayHaveMade reports whether an operation may have made something with an unknown ID that
// could be taken for what this one made. One that failed may have left something behind,
// and not every cloud tells the ID of what it made; what was there when this one was sent
// is in its plan.
func mayHaveMade(other store.Operation, plan tool.Plan, op store.Operation) bool {
	late := other.SentAt.After(op.SentAt.Add(-namesakeAge))
	var known []string
	var err error
	switch {
	case other.State == store.Executing || other.State == store.Unknown:
		return true
	case other.State == store.Done:
		late = !other.EndedAt.Before(op.SentAt)
		known, err = knownIDs(other)
	case other.State == store.Running:
		known, err = knownIDs(other)
	case begunInVain(other):
		known, err = leftBy(other)
	default:
		return false
	}
	return late && (err != nil || len(besides(plan.Targets, known)) == 0)
}

// namesakeAge is how much older than its request something can be by the clock of its
// cloud and still be taken for what the request made.
const namesakeAge = 10 * time.Minute

// madeByOthers returns the IDs that other operations of the same tool made in the account.
// Settling must not take them for what it looks for, even if name and age match.
func (g *Guard) madeByOthers(ctx context.Context, op store.Operation) ([]string, error) {
	ops, err := g.Store.Operations(ctx, store.OperationQuery{
		Account: op.Account, Tool: op.Tool, States: []store.State{store.Running, store.Done, store.Failed},
	})
	if err != nil {
		return nil, fmt.Errorf("look for what others made: %w", err)
	}
	var ids []string
	for _, other := range ops {
		theirs, err := knownIDs(other)
		if err != nil {
			return nil, err
		}
		ids = append(ids, theirs...)
	}
	return ids, nil
}

// knownIDs are the IDs in the result of an operation and those that its jobs worked on.
func knownIDs(op store.Operation) ([]string, error) {
	made, err := madeIDs(op)
	if err != nil {
		return nil, err
	}
	left, err := leftBy(op)
	return append(textsOf(made), left...), err
}

// textsOf are IDs without their kinds.
func textsOf(made []tool.MadeID) []string {
	var ids []string
	for _, m := range made {
		ids = append(ids, m.ID)
	}
	return ids
}

// leftBy are the IDs of what the jobs of an operation worked on. A job that fails can
// leave something behind.
func leftBy(op store.Operation) ([]string, error) {
	jobs, err := storedJobs(op)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, job := range jobs {
		if job.MadeID != "" {
			ids = append(ids, job.MadeID)
		}
	}
	return ids, nil
}
