package guard

import (
	"context"

	"countersign/internal/policy"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// decide applies the rules to a plan. A standing grant is judged as a call that would use
// it. Where the rules would not ask a person, one is asked all the same about a standing
// grant, about an unknown price, and where a cap on money may be passed already.
func (w *write) decide(plan tool.Plan, b *books) policy.Verdict {
	call := policy.Call{Tool: w.request.Tool, Noun: w.call.Tool.Noun(), Principal: w.request.Principal, Plan: plan, At: w.Now()}
	if plan.Grant != nil {
		call.Tool, call.Noun = plan.Grant.Tool, plan.Grant.Noun
	}
	v := w.rules().Decide(call)
	if v.Outcome != policy.Allow && v.Outcome != policy.Caller {
		return v
	}
	reason := ""
	switch {
	case plan.Grant != nil:
		reason = "a standing grant takes a person"
	case !b.priced():
		reason = "what it costs is not known"
	case b != nil && b.unseen:
		reason = "the answer to an equal call was lost, and what it made may still appear"
	case b != nil && b.unsure:
		reason = "money has a cap, and what some of what runs costs is not known"
	}
	if reason != "" {
		v.Outcome, v.Reason, v.Own = policy.Ask, reason, ""
	}
	return v
}

// suffices reports whether an approval on a road is enough for an outcome of the rules.
func suffices(road string, needs policy.Outcome) bool {
	switch needs {
	case policy.Allow:
		return true
	case policy.Ask:
		return road == roadForm || road == RoadTerminal || road == roadGrant
	case policy.Human:
		return road == RoadTerminal
	case policy.Caller:
		return road == roadForm || road == RoadTerminal || road == roadCaller || road == roadGrant
	}
	return false
}

// passes reports whether an outcome lets a call go on, with or without an approval. An
// outcome that this guard does not know does not.
func passes(o policy.Outcome) bool {
	return o == policy.Allow || o == policy.Ask || o == policy.Human || o == policy.Caller
}

// forbidden records that a call is refused and returns the refusal.
func (w *write) forbidden(ctx context.Context, op store.Operation, plan tool.Plan, reason string, refusal *tool.Error) error {
	err := w.recordRefusal(ctx, op, reason, func(b *recordBody) { b.Summary, b.PlanDigest = plan.Summary, op.PlanDigest })
	if err != nil {
		return err
	}
	return refusal
}

// forbiddenBy returns the reason of a refusal, with the operator's own rule where one
// refused and the reason does not name it.
func forbiddenBy(v policy.Verdict) string {
	if v.Own == "" || v.By() == v.Own {
		return v.Reason
	}
	return v.Reason + " (" + v.Own + ")"
}

func byTheRules(plan tool.Plan, v policy.Verdict) *tool.Error {
	e := tool.Errorf(tool.CodeForbidden, "Tell the user that the rules of this server do not allow it; do not look for another way.", "%s", forbiddenBy(v))
	e.Account = plan.Account
	return e
}
