package tools

import (
	"cmp"
	"context"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

// accountInput is an input that names the account to act on.
type accountInput interface{ account() cloud.AccountName }

// write is a tool with an effect above a read. Its steps act on the cloud of the
// account that the input names.
type write[C any, In accountInput] struct {
	kind    string // kind of the things that its jobs create or change, such as "vm"; empty if unknown
	plan    func(context.Context, C, In) (tool.Plan, error)
	execute func(context.Context, C, In, tool.Run) (tool.Made, error)
	settle  func(context.Context, C, tool.Intent) (tool.Settlement, error)
}

// on builds the tool for the accounts whose cloud has the capability; nil if there
// are none.
func (w write[C, In]) on(all cloud.Accounts, spec tool.Spec) *tool.Definition {
	accounts := cloud.Having[C](all)
	if len(accounts) == 0 {
		return nil
	}
	spec.Schema = []schema.Option{schema.Enum("account", names(accounts)...)}
	return tool.NewWrite(spec, tool.Writer[In]{
		Account: In.account,
		Plan: func(ctx context.Context, in In) (tool.Plan, error) {
			c, err := find(accounts, in.account())
			if err != nil {
				return tool.Plan{}, err
			}
			plan, err := w.plan(ctx, c, in)
			place(&plan)
			return plan, err
		},
		Execute: func(ctx context.Context, in In, run tool.Run) (tool.Made, error) {
			c, err := find(accounts, in.account())
			if err != nil {
				return tool.Made{}, err
			}
			return w.execute(ctx, c, in, run)
		},
		Settle: func(ctx context.Context, intent tool.Intent) (tool.Settlement, error) {
			c, err := find(accounts, intent.Plan.Account)
			if err != nil {
				return tool.Settlement{}, err
			}
			return w.settle(ctx, c, intent)
		},
		Follow: follow(all),
		Kind:   w.kind,
	})
}

// place sets the location and the offer of a plan to those that all its targets
// share, unless the plan has set them.
func place(p *tool.Plan) {
	if len(p.Targets) == 0 {
		return
	}
	location, offer := p.Targets[0].Location, p.Targets[0].Offer
	for _, t := range p.Targets[1:] {
		if t.Location != location {
			location = ""
		}
		if t.Offer != offer {
			offer = ""
		}
	}
	p.Location, p.Offer = cmp.Or(p.Location, location), cmp.Or(p.Offer, offer)
}

// withJobs adds the jobs of a write that the cloud has accepted and continues.
func withJobs(made tool.Made, accepted cloud.Accepted) tool.Made {
	made.Jobs = accepted.Jobs
	return made
}

// plannedFact returns the value of the fact with that label, or "" if the plan has
// none.
func plannedFact(p tool.Plan, label string) string {
	for _, f := range p.Facts {
		if f.Label == label {
			return f.Value
		}
	}
	return ""
}
