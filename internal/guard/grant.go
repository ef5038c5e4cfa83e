package guard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/policy"
	"countersign/internal/spend"
	"countersign/internal/store"
	"countersign/internal/tool"
)

var _ tool.Grants = (*Guard)(nil)

// errDrawn says that a grant has no room for a call; a person is asked then.
var errDrawn = errors.New("the grant has no room for this call")

// grantFor returns a standing grant that covers a call; nil where there is none.
func (w *write) grantFor(ctx context.Context, plan tool.Plan, b *books, v policy.Verdict) (*store.Grant, error) {
	if plan.Equal == "" || plan.Grant != nil || b == nil || !b.adds || b.unsure || !b.priced() {
		return nil, nil
	}
	grants, err := w.Store.Grants(ctx, store.GrantQuery{
		Principal: w.request.Principal, Account: string(plan.Account), Tool: w.request.Tool, Equal: plan.Equal,
	})
	if err != nil {
		return nil, fmt.Errorf("look for grants: %w", err)
	}
	for _, g := range grants {
		if !suffices(g.Road, v.Outcome) || drawable(ctx, w.Store, g, b.call.Charge, w.Now()) != nil {
			continue
		}
		err := auditedGrant(ctx, w.Store, g)
		if err == nil {
			return &g, nil
		}
		if !errors.Is(err, errAltered) {
			return nil, err
		}
		w.Log.Error().Str("grant", g.ID).Msg("somebody has changed the state folder by hand: the audit does not say that this was granted, so nothing draws from it")
	}
	return nil, nil
}

// drawable returns an error unless a grant is still valid, has the terms that it was found
// with, and has room for one more call.
func drawable(ctx context.Context, from store.View, found store.Grant, call spend.Charge, now time.Time) error {
	g, err := from.Grant(ctx, found.ID)
	if err != nil {
		return err
	}
	if !g.RevokedAt.IsZero() || !now.Before(g.Until) {
		return errDrawn
	}
	if grantDigest(g) != grantDigest(found) {
		return errDrawn
	}
	uses, left, err := drawn(ctx, from, g)
	if err != nil {
		return err
	}
	rest, ok := left.Minus(*call.PerHour)
	if uses >= g.Uses || !ok || rest.Amount.IsNegative() {
		return errDrawn
	}
	return nil
}

// drawn returns how often a grant was used, and how much of its rate is left. Failed
// operations do not count, unless their cloud had begun them: those may have left
// something that costs.
func drawn(ctx context.Context, from store.View, g store.Grant) (uses int, left cloud.Money, err error) {
	if err := left.UnmarshalText([]byte(g.PerHour)); err != nil {
		return 0, left, fmt.Errorf("read grant %s: %w", g.ID, err)
	}
	ops, err := from.Operations(ctx, store.OperationQuery{
		Grant: g.ID, States: []store.State{store.Executing, store.Running, store.Unknown, store.Done, store.Failed},
	})
	if err != nil {
		return 0, left, err
	}
	ops = slices.DeleteFunc(ops, func(op store.Operation) bool { return op.State == store.Failed && !begunInVain(op) && !unseen(op) })
	for _, op := range ops {
		charge, err := storedCharge(op)
		if err != nil {
			return 0, left, err
		}
		rest, ok := left.Minus(*cmp.Or(charge.PerHour, &cloud.Money{}))
		if charge.PerHour == nil || !ok {
			return 0, left, fmt.Errorf("operation %s drew from grant %s at an unknown rate", op.ID, g.ID)
		}
		left = rest
	}
	return len(ops), left, nil
}

// draw returns the condition under which a call may use a grant.
func (w *write) draw(g store.Grant, b *books) store.Condition {
	room := w.room(b)
	return func(ctx context.Context, now store.View) error {
		if err := drawable(ctx, now, g, b.call.Charge, w.Now()); err != nil {
			return err
		}
		if room == nil {
			return nil
		}
		return room(ctx, now)
	}
}

// OpenGrant implements tool.Grants: it stores the grant that a person has approved with an
// operation.
func (g *Guard) OpenGrant(ctx context.Context, operation string) (tool.GrantRow, error) {
	op, err := g.Store.Operation(ctx, operation)
	if err != nil {
		return tool.GrantRow{}, fmt.Errorf("open grant: %w", err)
	}
	plan, err := storedPlan(op)
	if err != nil {
		return tool.GrantRow{}, err
	}
	if plan.Grant == nil || op.State != store.Executing || !suffices(op.Road, policy.Ask) {
		return tool.GrantRow{}, fmt.Errorf("open grant: operation %s is no approved grant", op.ID)
	}
	grant := store.Grant{
		ID: g.newID("grant_"), Principal: op.Principal, Account: op.Account, Tool: plan.Grant.Tool, Equal: plan.Grant.Equal,
		Summary: op.Summary, Uses: plan.Grant.Uses, PerHour: plan.Grant.PerHour.String(), Operation: op.ID, Approver: op.Approver, Road: op.Road,
		CreatedAt: g.Now(), Until: plan.Grant.Until, Plan: op.Plan,
	}
	record := g.record(op, recordGranted, func(b *recordBody) {
		b.Summary, b.Grant, b.By, b.Road, b.Row = grant.Summary, grant.ID, grant.Approver, grant.Road, grantDigest(grant)
	})
	if err := g.Store.InsertGrant(ctx, &grant, record); err != nil {
		return tool.GrantRow{}, fmt.Errorf("open grant: %w", err)
	}
	return g.grantRow(ctx, grant)
}

// GrantOf implements tool.Grants.
func (g *Guard) GrantOf(ctx context.Context, operation string) (*tool.GrantRow, error) {
	grants, err := g.Store.Grants(ctx, store.GrantQuery{Operation: operation})
	if err != nil || len(grants) == 0 {
		return nil, err
	}
	row, err := g.grantRow(ctx, grants[0])
	return &row, err
}

// ListGrants implements tool.Grants.
func (g *Guard) ListGrants(ctx context.Context) ([]tool.GrantRow, error) {
	principal := PrincipalOf(ctx)
	if principal == "" {
		// To the store, no principal means all of them.
		return nil, errors.New("list grants without a principal")
	}
	return grantRows(ctx, g.Store, principal, g.Now())
}

// RevokeGrant implements tool.Grants. It needs no approval.
func (g *Guard) RevokeGrant(ctx context.Context, id tool.GrantID) (tool.Outcome, error) {
	grant, err := g.Store.Grant(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && grant.Principal != PrincipalOf(ctx) {
		return tool.Outcome{}, tool.Errorf(tool.CodeUnknownOperation, "list_grants has the exact IDs.", "There is no grant of that ID.")
	}
	if err != nil {
		return tool.Outcome{}, err
	}
	if err := revoke(ctx, g.Store, grant, "the caller "+grant.Principal, g.Now); err != nil {
		return tool.Outcome{}, err
	}
	return tool.Outcome{
		Status: tool.StatusDone, Summary: fmt.Sprintf("Grant %s is revoked; what it made before stays.", grant.ID),
		IDs: []tool.MadeID{{Kind: "grant", ID: grant.ID}},
	}, nil
}

// Grants lists the standing grants of all principals, newest first.
func (d Desk) Grants(ctx context.Context) ([]tool.GrantRow, error) {
	return grantRows(ctx, d.Store, "", d.Now())
}

// Revoke revokes a grant of any principal.
func (d Desk) Revoke(ctx context.Context, id, by string) error {
	grant, err := d.Store.Grant(ctx, id)
	if err != nil {
		return err
	}
	return revoke(ctx, d.Store, grant, by, d.Now)
}

func revoke(ctx context.Context, s store.Store, grant store.Grant, by string, now func() time.Time) error {
	for range contended {
		if !grant.RevokedAt.IsZero() {
			return nil
		}
		grant.RevokedAt, grant.RevokedBy = now(), by
		op := store.Operation{ID: grant.Operation, Principal: grant.Principal, Tool: grant.Tool, Account: grant.Account}
		err := s.UpdateGrant(ctx, &grant, newRecord(op, recordRevoked, now, func(b *recordBody) { b.Grant, b.By, b.Summary = grant.ID, by, grant.Summary }))
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if grant, err = s.Grant(ctx, grant.ID); err != nil {
			return err
		}
	}
	return store.ErrConflict
}

func grantRows(ctx context.Context, s store.Store, principal string, now time.Time) ([]tool.GrantRow, error) {
	grants, err := s.Grants(ctx, store.GrantQuery{Principal: principal})
	if err != nil {
		return nil, fmt.Errorf("list grants: %w", err)
	}
	rows := make([]tool.GrantRow, 0, len(grants))
	for _, grant := range grants {
		row, err := grantRow(ctx, s, grant, now)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (g *Guard) grantRow(ctx context.Context, grant store.Grant) (tool.GrantRow, error) {
	return grantRow(ctx, g.Store, grant, g.Now())
}

func grantRow(ctx context.Context, from store.View, grant store.Grant, now time.Time) (tool.GrantRow, error) {
	uses, left, err := drawn(ctx, from, grant)
	if err != nil {
		return tool.GrantRow{}, err
	}
	row := tool.GrantRow{
		Grant: tool.GrantID(grant.ID), Principal: grant.Principal, Account: cloud.AccountName(grant.Account), Tool: grant.Tool,
		Summary: grant.Summary, UsesLeft: max(0, grant.Uses-uses), PerHourLeft: left, Until: grant.Until.UTC(), State: "standing",
		Operation: tool.OperationID(grant.Operation),
	}
	switch {
	case !grant.RevokedAt.IsZero():
		row.State = "revoked"
	case !now.Before(grant.Until):
		row.State = "over"
	case row.UsesLeft == 0:
		row.State = "used up"
	}
	return row, nil
}
