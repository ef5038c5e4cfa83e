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

// write is a tool above a read whose steps act on the cloud of the account that
// its input names.
type write[C any, In accountInput] struct {
	kind    string // of what its jobs make or change, such as "vm"; empty where that is not known
	plan    func(context.Context, C, In) (tool.Plan, error)
	execute func(context.Context, C, In, tool.Run) (tool.Made, error)
	settle  func(context.Context, C, tool.Intent) (tool.Settlement, error)
}

// on makes the tool for the accounts whose cloud has the capability; nil where
// there is none.
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

// place gives a plan the location and the offer that all its targets have, unless it
// has told them itself.
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

// withJobs is the result of a write that its cloud has accepted and goes on with.
func withJobs(made tool.Made, accepted cloud.Accepted) tool.Made {
	made.Jobs = accepted.Jobs
	return made
}
