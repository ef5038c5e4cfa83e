package tools

import (
	"context"
	"fmt"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

// grantsToolset is the toolset for agents that create several equal machines.
const grantsToolset = "grants"

const (
	grantKind = "grant"
	// createVMTool is the tool whose calls a grant covers.
	createVMTool = "create_vm"
	// maxGrant is the longest validity of a grant.
	maxGrant = 7 * 24 * time.Hour
)

type requestGrantInput struct {
	Account cloud.AccountName `json:"account" jsonschema_description:"The account to create in and to bill."`
	Uses    int               `json:"uses" jsonschema:"minimum=1,maximum=100" jsonschema_description:"How many calls of create_vm it is to cover."`
	PerHour cloud.Money       `json:"per_hour" jsonschema_description:"The most that all of them may cost per hour together, such as \"5 USD\"."`
	Until   time.Time         `json:"until" jsonschema_description:"When it ends, RFC 3339; 7 days from now at most."`
	spec    cloud.BlockSpec
}

// WithBlock implements tool.BlockInput.
func (in requestGrantInput) WithBlock(spec cloud.BlockSpec) requestGrantInput {
	in.spec = spec
	return in
}

// granting plans a grant by planning the create that it covers.
type granting struct {
	creator[cloud.MachineMaker, cloud.VMID]
	grants tool.Grants
	now    func() time.Time
}

func requestGrant(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.MachineMaker](env.Accounts)
	if env.Grants == nil || len(accounts) == 0 {
		return nil
	}
	g := &granting{machines(), env.Grants, env.now}
	g.accounts = accounts
	d := tool.NewBlockWrite(tool.Spec{
		Name:    "request_grant",
		Title:   "Request standing grant",
		Toolset: grantsToolset,
		Description: "Ask a person once for several equal machines: up to so many calls of create_vm with this very block, whatever name they give, up to a rate together, until a time. " +
			"Once it stands, create_vm draws from it without asking again.",
		Effect: tool.Bill,
		Schema: []schema.Option{schema.Enum("account", names(accounts)...), schema.WithBlocks(g.blocks()...)},
	}, tool.Writer[requestGrantInput]{
		Account: func(in requestGrantInput) cloud.AccountName { return in.Account },
		Plan:    g.planGrant,
		Execute: g.open,
		Settle:  g.settleGrant,
		Follow:  follow(env.Accounts),
		Kind:    grantKind,
	})
	g.input = d.Input
	return d
}

// planGrant returns the plan of one create, with the terms under which it may be
// repeated.
func (g *granting) planGrant(ctx context.Context, in requestGrantInput) (tool.Plan, error) {
	plan, err := g.plan(ctx, createInput{Account: in.Account, spec: in.spec})
	if err != nil {
		return tool.Plan{}, err
	}
	each := plan.Cost.After
	if err := g.check(in, each); err != nil {
		return tool.Plan{}, err
	}
	until := in.Until.UTC().Truncate(time.Second)
	plan.Grant = &tool.GrantTerms{Tool: createVMTool, Noun: g.kind, Equal: plan.Equal, Uses: in.Uses, PerHour: in.PerHour, Until: until}
	atOnce := len(plan.MadeNames)
	plan.Summary = fmt.Sprintf("Let this caller create up to %s on %s (%s) without asking again, for %s per hour together at most, until %s.",
		count(in.Uses*atOnce, g.noun), in.Account, in.spec.BlockName(), in.PerHour, until.Format("2006-01-02 15:04 MST"))
	terms := []cloud.Fact{{Label: "each costs", Value: priceWords(each)}}
	if atOnce > 1 {
		terms = []cloud.Fact{{Label: "each call makes", Value: count(atOnce, g.noun)}, {Label: "each call costs", Value: priceWords(each)}}
	}
	plan.Facts = slices.Concat(terms, []cloud.Fact{{Label: "name", Value: "any"}}, plan.Facts[atOnce:])
	plan.Cost = &tool.Cost{After: cloud.HourlyPrice(in.PerHour, "the most that the grant allows", each.Assumed...)}
	plan.Consequences = append([]string{
		"Until it is used up, over or revoked, each such call is carried out without asking anybody; `countersign grants revoke` takes it back at once.",
	}, plan.Consequences...)
	plan.Equal, plan.Marks, plan.MadeKind, plan.MadeNames, plan.Adds = "", false, grantKind, nil, cloud.Load{}
	return plan, nil
}

// check rejects terms that allow no create at all, or too much.
func (g *granting) check(in requestGrantInput, each cloud.Price) error {
	wrong := func(field, format string, args ...any) error {
		e := tool.Errorf(tool.CodeInvalidArguments, "Correct "+field+" and call again.", format, args...)
		e.Account, e.Issues = in.Account, []tool.ErrorIssue{{Field: field, Message: e.Message}}
		return e
	}
	if !each.Known() {
		return tool.Errorf(tool.CodeNotPossible, "Create the machines one by one; a person approves each.",
			"What such a machine costs is not known, so no grant can bound it: %s.", each.Unknown)
	}
	rest, same := in.PerHour.Minus(*each.PerHour)
	switch ahead := in.Until.Sub(g.now()); {
	case !same:
		return wrong("per_hour", "per_hour: the machine costs %s per hour, so give an amount in %s.", each.PerHour, each.PerHour.Currency)
	case rest.Amount.IsNegative():
		return wrong("per_hour", "per_hour: one such machine costs %s per hour already.", each.PerHour)
	case ahead <= 0:
		return wrong("until", "until: is over already.")
	case ahead > maxGrant:
		return wrong("until", "until: a grant stands for 7 days at most.")
	}
	return nil
}

func (g *granting) open(ctx context.Context, _ requestGrantInput, run tool.Run) (tool.Made, error) {
	row, err := g.grants.OpenGrant(ctx, run.Operation)
	if err != nil {
		return tool.Made{}, err
	}
	return grantMade(row), nil
}

func grantMade(row tool.GrantRow) tool.Made {
	return tool.Made{
		Summary: fmt.Sprintf("Grant %s stands until %s: create_vm with this block draws from it without asking.", row.Grant, row.Until.Format("2006-01-02 15:04 MST")),
		IDs:     []tool.MadeID{{Kind: grantKind, ID: string(row.Grant)}},
	}
}

func (g *granting) settleGrant(ctx context.Context, intent tool.Intent) (tool.Settlement, error) {
	row, err := g.grants.GrantOf(ctx, intent.Operation)
	switch {
	case err != nil:
		return tool.Settlement{}, err
	case row == nil:
		return tool.Settlement{Finding: tool.FoundNothing}, nil
	}
	return tool.Settlement{Finding: tool.FoundDone, Made: grantMade(*row)}, nil
}

type listGrantsOutput struct {
	Grants []tool.GrantRow `json:"grants" jsonschema_description:"Grants, newest first."`
}

func listGrants(env Env) *tool.Definition {
	if env.Grants == nil {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "list_grants",
		Title:       "List standing grants",
		Toolset:     grantsToolset,
		Description: "List what was granted beforehand: what each grant allows, what is left of it, until when.",
	}, func(ctx context.Context, _ struct{}) (listGrantsOutput, error) {
		rows, err := env.Grants.ListGrants(ctx)
		if rows == nil {
			rows = []tool.GrantRow{}
		}
		return listGrantsOutput{rows}, err
	})
}

type grantRef struct {
	Grant tool.GrantID `json:"grant" jsonschema_description:"Exact ID from list_grants."`
}

func revokeGrant(env Env) *tool.Definition {
	if env.Grants == nil {
		return nil
	}
	return tool.NewControl(tool.Spec{
		Name:        "revoke_grant",
		Title:       "Revoke standing grant",
		Toolset:     grantsToolset,
		Description: "Take a grant back at once. Nobody has to approve that, and what was made with it stays.",
		Effect:      tool.Change,
		Idempotent:  true,
	}, func(ctx context.Context, in grantRef) (tool.Outcome, error) {
		return env.Grants.RevokeGrant(ctx, in.Grant)
	})
}
