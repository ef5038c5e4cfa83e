package guard

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/store"
)

const (
	// foldFor is how long equal refusals are counted before their number is recorded.
	foldFor = time.Minute
	// foldsEach bounds the different refusals of one principal that are told apart within
	// foldFor. Further ones are folded together.
	foldsEach = 32
	// maxFolds bounds the different refusals of all principals. Beyond it each refusal has
	// a record of its own.
	maxFolds = 4096
)

// folds bound what refused calls add to the audit, which one caller could otherwise fill
// as fast as they can call. The first of equal refusals is recorded at once. The others
// within foldFor are counted, and their number is recorded when that time is over or the
// process ends. If the process is killed, the numbers of the last foldFor are lost.
type folds struct {
	store store.Store
	now   func() time.Time
	log   zerolog.Logger

	mu   sync.Mutex
	open map[foldKey]*fold
	// each counts the open folds of a principal.
	each map[string]int
	// timer records and closes all folds; nil while there are none.
	timer *time.Timer
}

// foldKey is what equal refusals have in common.
type foldKey struct {
	principal, tool, account, kind, reason string
	// operation is set for a refusal of a stored operation, which stays with its records.
	operation string
}

type fold struct {
	// first is the operation of the first refusal. The record of the others has its ID.
	first store.Operation
	// more counts the refusals after the first one.
	more int
	// order is the order in which folds were opened.
	order int
}

func newFolds(opts Options) *folds {
	return &folds{store: opts.Store, now: opts.Now, log: opts.Log, open: map[foldKey]*fold{}, each: map[string]int{}}
}

// recordRefusal records that a call is refused, or counts it with an equal one.
func (g *Guard) recordRefusal(ctx context.Context, op store.Operation, reason string, more func(*recordBody)) error {
	key := foldKey{principal: op.Principal, tool: op.Tool, account: op.Account, kind: recordForbidden, reason: reason}
	if op.Version > 0 {
		key.operation = op.ID
	}
	key, counted := g.Shared.folds.count(key, op)
	if counted {
		return nil
	}
	err := g.Store.Append(ctx, g.record(op, recordForbidden, func(b *recordBody) {
		b.Reason = reason
		more(b)
	}))
	if err != nil {
		g.Shared.folds.unrecorded(key)
	}
	return err
}

// count counts a refusal with an equal one that has its record already, and returns the
// key by which it did. Otherwise the refusal has to be recorded.
func (f *folds) count(key foldKey, op store.Operation) (_ foldKey, counted bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open[key] == nil && f.each[key.principal] >= foldsEach {
		key = foldKey{principal: key.principal, kind: key.kind}
	}
	if there := f.open[key]; there != nil {
		there.more++
		return key, true
	}
	if len(f.open) < maxFolds {
		f.add(key, &fold{first: store.Operation{ID: op.ID, Principal: op.Principal, Tool: key.tool, Account: key.account, Effect: op.Effect}})
	}
	return key, false
}

// unrecorded is called if the first of equal refusals could not be recorded. Unless others
// are counted with it, the next one is recorded instead.
func (f *folds) unrecorded(key foldKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch there := f.open[key]; {
	case there == nil:
	case there.more > 0:
		there.more++
	default:
		delete(f.open, key)
		f.each[key.principal]--
	}
}

// add opens a fold. The caller holds the lock.
func (f *folds) add(key foldKey, one *fold) {
	one.order = len(f.open)
	f.open[key] = one
	f.each[key.principal]++
	if f.timer == nil {
		f.timer = time.AfterFunc(foldFor, f.writeLater)
	}
}

func (f *folds) writeLater() {
	ctx, cancel := context.WithTimeout(context.Background(), foldFor/2)
	defer cancel()
	if err := f.write(ctx); err != nil {
		f.log.Warn().Err(err).Msg("the number of refused calls could not be recorded; it is tried again")
	}
}

// write closes all folds and records how many refusals each of them counted.
func (f *folds) write(ctx context.Context) error {
	open := f.take()
	maps.DeleteFunc(open, func(_ foldKey, one *fold) bool { return one.more == 0 })
	if len(open) == 0 {
		return nil
	}
	var records []store.Record
	for _, key := range slices.SortedFunc(maps.Keys(open), func(a, b foldKey) int { return cmp.Compare(open[a].order, open[b].order) }) {
		records = append(records, f.record(key, open[key]))
	}
	if err := f.store.Append(ctx, records...); err != nil {
		f.putBack(open)
		return fmt.Errorf("record the number of refused calls: %w", err)
	}
	return nil
}

func (f *folds) record(key foldKey, one *fold) store.Record {
	return newRecord(one.first, key.kind, f.now, func(b *recordBody) {
		b.Reason, b.Repeats, b.Summary = key.reason, one.more, fmt.Sprintf("and %d more like it in that minute", one.more)
		if key.tool == "" {
			b.Effect, b.Summary = "", fmt.Sprintf("and %d more of other kinds in that minute", one.more)
		}
	})
}

func (f *folds) take() map[foldKey]*fold {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.timer != nil {
		f.timer.Stop()
		f.timer = nil
	}
	open := f.open
	f.open, f.each = map[foldKey]*fold{}, map[string]int{}
	return open
}

// putBack keeps numbers that could not be recorded for the next time.
func (f *folds) putBack(open map[foldKey]*fold) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, one := range open {
		switch there := f.open[key]; {
		case there != nil:
			there.more += one.more
		case len(f.open) < maxFolds:
			f.add(key, one)
		}
	}
}
