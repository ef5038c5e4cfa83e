package guard

import (
	"context"
	"errors"
	"fmt"

	"countersign/internal/policy"
	"countersign/internal/tool"
)

// Explanation is what the guard would do with a call.
type Explanation struct {
	Noun string
	Plan tool.Plan
	// Planned are the effects of the plan before the rules escalated it.
	Planned []tool.Effect
	Verdict policy.Verdict
	// OverCap is the refusal by a cap; nil where none refuses.
	OverCap *tool.Error
}

// Explain plans a call and applies the rules and caps as they are now. It only reads, from
// the clouds and the store.
func (g *Guard) Explain(ctx context.Context, r Request) (Explanation, error) {
	definition, ok := g.tools[r.Tool]
	if !ok {
		return Explanation{}, tool.Errorf(tool.CodeUnsupported, "List the tools and use one of them.", "There is no tool of that name.")
	}
	call, err := definition.Decode(r.Arguments)
	if err != nil {
		return Explanation{}, err
	}
	if call.Plan == nil {
		return Explanation{}, tool.Errorf(tool.CodeUnsupported, "Ask about a tool above a read.", "Calls of %s are not held against the rules: they change nothing at a cloud.", r.Tool)
	}
	w, err := g.newWrite(r, call)
	if err != nil {
		return Explanation{}, err
	}
	ctx = WithPrincipal(ctx, r.Principal)
	plan, err := call.Plan(ctx)
	if err != nil {
		return Explanation{}, err
	}
	if err := w.names.former(ctx, plan.Account, plan.Targets); err != nil {
		return Explanation{}, fmt.Errorf("explain: %w", err)
	}
	e := Explanation{Noun: definition.Noun(), Planned: plan.Effects, Plan: w.rules().Escalate(plan)}
	b, err := w.newBooks(ctx, e.Plan)
	if err != nil {
		return Explanation{}, err
	}
	e.Verdict = w.decide(e.Plan, b)
	if b == nil {
		return e, nil
	}
	if err := w.show(ctx, b, &e.Plan); err != nil && !errors.As(err, &e.OverCap) {
		return Explanation{}, err
	}
	return e, nil
}
