package guard

import (
	"context"
	"encoding/json"
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

// books are the running machines and the caps, for one call that changes the bill.
type books struct {
	call spend.Call
	// adds is true if the call adds to the bill; other calls only show what they save.
	adds  bool
	caps  policy.Caps
	burns []tool.Burn
	// unsure is true if a cap on money applies while something runs at an unknown price.
	unsure bool
	// unseen says that the answer to an equal call was lost, and that what it made may
	// still appear.
	unseen bool
	// unread is why an account without a cap could not be read.
	unread error
}

// newBooks returns books without the running machines; nil for a call that does not change
// the bill.
func (w *write) newBooks(ctx context.Context, plan tool.Plan) (*books, error) {
	b := &books{call: spend.Call{Account: plan.Account, Sees: w.Shown}, caps: w.rules().Caps()}
	switch charge := spend.ChargeOf(plan); {
	case charge != nil:
		b.call.Charge, b.adds = *charge, true
	case plan.Cost != nil:
		b.call.Charge, b.call.Lowers = spend.ChangeOf(plan), true
	default:
		return nil, nil
	}
	var err error
	if b.adds && plan.Equal != "" {
		b.unseen, err = w.hasUnseen(ctx, plan)
	}
	return b, err
}

// readBurns reads the running machines of the accounts whose caps apply to a call. If a
// capped account cannot be read, a call that adds to it is refused.
func (w *write) readBurns(ctx context.Context, b *books) (err error) {
	ctx, end := w.beginPart(ctx, PartBooks)
	defer func() { end(resultOf(err)) }()
	account := b.call.Account
	if w.Burn == nil {
		if b.capped() {
			return w.unreadable(account, account, "this server cannot read what runs on it")
		}
		return nil
	}
	accounts := spend.Accounts(b.caps, account, w.Accounts)
	burns, errs := make([]tool.Burn, len(accounts)), make([]error, len(accounts))
	cloud.SideBySide(len(accounts), func(i int) { burns[i], errs[i] = w.Burn.Burn(ctx, accounts[i]) })
	capped, money := spend.Holds(b.caps, account)
	capped, money = capped && b.adds, money && b.adds
	for i, err := range errs {
		switch {
		case err == nil && money && len(burns[i].Incomplete) > 0:
			return w.unreadable(account, accounts[i], burns[i].Incomplete[0])
		case err == nil:
			b.burns = append(b.burns, burns[i])
		case capped:
			return w.unreadable(account, accounts[i], tool.AsError(err).Message)
		case w.sees(accounts[i]):
			b.unread = err
		}
	}
	return nil
}

// capped reports whether any cap applies to the call.
func (b *books) capped() bool {
	if b == nil || !b.adds {
		return false
	}
	holds, _ := spend.Holds(b.caps, b.call.Account)
	return holds
}

// sees reports whether the caller may be told about an account.
func (w *write) sees(account cloud.AccountName) bool {
	return w.Shown == nil || slices.Contains(w.Shown, account)
}

// unreadable refuses a call on an account whose caps cannot be held because what runs on
// another, or on itself, cannot be read.
func (w *write) unreadable(account, unread cloud.AccountName, why string) error {
	reason := fmt.Sprintf("There are caps on what may be spent, and what runs on account %s cannot be read, so the call is refused: %s", unread, why)
	e := tool.Errorf(tool.CodeOverCap, "Repeat this call in a minute; if it goes on, tell the user which account cannot be read.", "%s", reason)
	if e.Account, e.Retryable = unread, true; !w.sees(unread) {
		e.Message = "There are caps on what may be spent on several accounts together, and what runs on one that is not yours cannot be read, so the call is refused."
		e.Hint, e.Account = "Repeat this call in a minute; if it goes on, tell the user that the operator of this server has to look.", account
	}
	return &capRefusal{e, reason}
}

// capRefusal is a refusal because of a cap, with the reason as the record has it: the
// caller may not see all the accounts that it is about.
type capRefusal struct {
	refusal *tool.Error
	reason  string
}

// Error implements error.
func (c *capRefusal) Error() string { return c.reason }

// Unwrap returns what the caller is told.
func (c *capRefusal) Unwrap() error { return c.refusal }

// reasonOfRefusal is what the record says of a refusal.
func reasonOfRefusal(err error) string {
	if c, ok := errors.AsType[*capRefusal](err); ok {
		return c.reason
	}
	return tool.AsError(err).Message
}

// tallies adds up the running machines of each account: from its cloud's response, and from
// the store as it is now.
func (g *Guard) tallies(ctx context.Context, from store.View, b *books) ([]spend.Tally, error) {
	now := g.Now()
	tallies := make([]spend.Tally, 0, len(b.burns))
	for _, burn := range b.burns {
		entries, err := chargedEntries(ctx, from, burn)
		if err != nil {
			return nil, err
		}
		gone, err := goneThisMonth(ctx, from, burn.Account, now)
		if err != nil {
			return nil, err
		}
		tallies = append(tallies, spend.Count(burn, entries, gone, now))
	}
	return tallies, nil
}

// chargedEntries returns our own calls that may add to what a cloud has listed. Old ones are
// needed only where the cloud lists something without the price that we knew.
func chargedEntries(ctx context.Context, from store.View, burn tool.Burn) ([]spend.Entry, error) {
	query := store.OperationQuery{
		Account: string(burn.Account), Charged: true,
		States: []store.State{store.Executing, store.Running, store.Unknown, store.Done},
	}
	if !slices.ContainsFunc(burn.Things, func(t tool.Running) bool { return t.PerHour == nil }) {
		query.EndedAfter = burn.ReadAt.Add(-spend.Visible)
	}
	ops, err := from.Operations(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("read what calls add: %w", err)
	}
	entries := make([]spend.Entry, 0, len(ops))
	for _, op := range ops {
		charge, err := storedCharge(op)
		if err != nil {
			return nil, err
		}
		ids, err := madeIDs(op)
		if err != nil {
			return nil, err
		}
		entries = append(entries, spend.Entry{Operation: op.ID, Account: burn.Account, Charge: charge, IDs: ids, EndedAt: op.EndedAt})
	}
	lost, err := unseenEntries(ctx, from, burn)
	return append(entries, lost...), err
}

// goneThisMonth returns what our own calls ended, or made cheaper, since the month began.
func goneThisMonth(ctx context.Context, from store.View, account cloud.AccountName, now time.Time) ([]spend.Gone, error) {
	ops, err := from.Operations(ctx, store.OperationQuery{
		Account: string(account), States: []store.State{store.Done}, EndedAfter: spend.MonthStart(now),
	})
	if err != nil {
		return nil, fmt.Errorf("read what ended: %w", err)
	}
	made := map[tool.MadeID]time.Time{}
	var gone []spend.Gone
	for _, op := range slices.Backward(ops) { // oldest first: a creation precedes its end
		if len(op.Charge) > 0 { // it added something
			if err := beginning(op, made); err != nil {
				return nil, err
			}
			continue
		}
		plan, err := storedPlan(op)
		if err != nil {
			return nil, err
		}
		if plan.Cost != nil && plan.Cost.Before != nil && plan.Cost.Before.Known() {
			ids := targetIDs(plan)
			gone = append(gone, spend.Gone{
				Account: account, IDs: ids, PerHour: *plan.Cost.Before.PerHour, Ended: ends(plan), Since: first(ids, made), At: op.EndedAt,
			})
		}
	}
	return gone, nil
}

// ends reports whether nothing is left of the targets of a plan that costs anything.
func ends(plan tool.Plan) bool {
	after := plan.Cost.After
	return tool.Highest(plan.Effects) == tool.Destroy && after.Known() && after.PerHour.Amount.IsZero()
}

// beginning adds to made when each thing that an operation made began.
func beginning(op store.Operation, made map[tool.MadeID]time.Time) error {
	charge, err := storedCharge(op)
	if err != nil || !charge.Makes {
		return err
	}
	ids, err := madeIDs(op)
	if err != nil {
		return err
	}
	for _, id := range ids {
		made[id] = op.SentAt
	}
	return nil
}

// first returns when the first of several things was made; zero if that is unknown for any
// of them.
func first(ids []tool.MadeID, made map[tool.MadeID]time.Time) time.Time {
	var first time.Time
	for i, id := range ids {
		at := made[id]
		if at.IsZero() {
			return at
		}
		if i == 0 || at.Before(first) {
			first = at
		}
	}
	return first
}

// show reads the running machines, adds the effect on the bill to the plan, and returns a
// refusal for a call that would pass a cap.
func (w *write) show(ctx context.Context, b *books, plan *tool.Plan) error {
	if err := w.readBurns(ctx, b); err != nil {
		return err
	}
	tallies, over, err := w.held(ctx, b)
	if err == nil && over != nil && w.catchUp(ctx, b) {
		tallies, over, err = w.held(ctx, b)
	}
	switch {
	case err != nil:
		return err
	case over != nil:
		return overCap(plan.Account, over)
	}
	b.unsure = b.adds && spend.Unsure(b.caps, tallies, b.call)
	for _, t := range tallies {
		if w.Observe != nil {
			w.Observe.Counted(t, w.Now())
		}
	}
	plan.Budget = spend.Budget(b.caps, tallies, b.call)
	if b.unread != nil {
		plan.Budget = append(plan.Budget, cloud.Fact{Label: "burn now", Value: "NOT KNOWN: " + tool.AsError(b.unread).Message})
	}
	return nil
}

// held returns the present sums, and the cap that the call would pass.
func (w *write) held(ctx context.Context, b *books) ([]spend.Tally, *spend.Over, error) {
	tallies, err := w.tallies(ctx, w.Store, b)
	if err != nil || !b.adds {
		return tallies, nil, err
	}
	return tallies, spend.Check(b.caps, tallies, b.call, w.Now()), nil
}

// maxCaughtUp bounds the operations of an account that are looked at before a cap refuses.
const maxCaughtUp = 20

// catchUp settles operations that still count under the caps although nobody waits for them.
// It reports whether any has ended.
func (w *write) catchUp(ctx context.Context, b *books) bool {
	ended := false
	for _, burn := range b.burns {
		ops, err := w.Store.Operations(ctx, store.OperationQuery{
			Account: string(burn.Account), Charged: true, Limit: maxCaughtUp,
			States: []store.State{store.Executing, store.Running, store.Unknown},
		})
		if err != nil {
			w.Log.Warn().Err(err).Msg("calls that hold room under the caps could not be looked for")
			return false
		}
		for _, op := range ops {
			if err := w.catchUpOne(ctx, op); err != nil {
				w.Log.Warn().Err(err).Str("operation", op.ID).Msg("could not find out whether it still holds room under the caps")
				continue
			}
			now, err := w.Store.Operation(ctx, op.ID)
			ended = ended || err == nil && !now.State.Open()
		}
	}
	return ended
}

// overCap returns the refusal of a call that would pass a cap.
func overCap(account cloud.AccountName, over *spend.Over) error {
	e := tool.Errorf(tool.CodeOverCap, "Tell the user which cap it is; list_costs says what runs. Do not look for another way.", "%s", over.Public)
	e.Account = account
	return &capRefusal{e, over.Message}
}

// noRoom records that a cap refuses a call which the rules allow. It returns any other error
// as it is.
func (w *write) noRoom(ctx context.Context, op store.Operation, plan tool.Plan, err error) error {
	if refusal, ok := errors.AsType[*tool.Error](err); ok {
		return w.forbidden(ctx, op, plan, reasonOfRefusal(err), refusal)
	}
	return err
}

// room returns the condition for reserving a call, checked inside the transaction: together
// with all that was reserved before, it passes no cap. It is nil where no cap applies.
func (w *write) room(b *books) store.Condition {
	if !b.capped() {
		return nil
	}
	return func(ctx context.Context, now store.View) error {
		tallies, err := w.tallies(ctx, now, b)
		if err != nil {
			return err
		}
		if over := spend.Check(b.caps, tallies, b.call, w.Now()); over != nil {
			return overCap(b.call.Account, over)
		}
		return nil
	}
}

// charge returns the encoded charge of a call; nil where it adds nothing.
func (b *books) charge() (json.RawMessage, error) {
	if b == nil || !b.adds {
		return nil, nil
	}
	raw, err := json.Marshal(b.call.Charge)
	if err != nil {
		return nil, fmt.Errorf("store charge: %w", err)
	}
	return raw, nil
}

// priced reports whether the rate that a call adds is known. One that adds nothing is.
func (b *books) priced() bool { return b == nil || !b.adds || b.call.PerHour != nil }
