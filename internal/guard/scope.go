package guard

import (
	"context"
	"fmt"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// This file is the only place where scopes are checked, for every protocol version and
// transport. Every call needs the scope of its tool before it does anything. A call above a
// read also needs the scopes for the effects of its plan.

// admits returns an error for a call of a tool that the caller has no scope for.
func (g *Guard) admits(ctx context.Context, r Request, d *tool.Definition, account string) error {
	need := d.Needs()
	if r.Scopes == nil || r.Scopes.Has(need) {
		return nil
	}
	refusal := outOfScope([]tool.Scope{need})
	if d.Effect == tool.Read {
		return refusal // reads are logged, not chained
	}
	op := store.Operation{ID: g.newID("op_"), Principal: r.Principal, Tool: r.Tool, Account: account, Effect: d.Effect.String()}
	return g.outOfScopeOnRecord(ctx, op, "", refusal)
}

// covered returns an error for a call whose plan needs scopes that the caller lacks.
func (w *write) covered(ctx context.Context, plan tool.Plan) error {
	if w.request.Scopes == nil {
		return nil
	}
	missing := w.request.Scopes.Covers(plan.Effects)
	if len(missing) == 0 {
		return nil
	}
	refusal := outOfScope(missing)
	refusal.Account = plan.Account
	op := store.Operation{
		ID: w.newID("op_"), Principal: w.request.Principal, Tool: w.request.Tool, Account: string(plan.Account),
		Effect: tool.Highest(plan.Effects).String(),
	}
	return w.outOfScopeOnRecord(ctx, op, plan.Summary, refusal)
}

func (g *Guard) outOfScopeOnRecord(ctx context.Context, op store.Operation, summary string, refusal *tool.Error) error {
	reason := "missing scopes: " + tool.JoinScopes(refusal.MissingScopes)
	if err := g.recordRefusal(ctx, op, reason, func(b *recordBody) { b.Summary = summary }); err != nil {
		return fmt.Errorf("record a call out of scope: %w", err)
	}
	return refusal
}

func outOfScope(missing []tool.Scope) *tool.Error {
	e := tool.Errorf(tool.CodeForbidden, "Tell the user which scope is missing; the operator of this server gives it. Do not look for another way.",
		"This login may not do that: it lacks %s.", tool.JoinScopes(missing))
	e.MissingScopes = missing
	return e
}
