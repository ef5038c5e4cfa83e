package guard

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/cloud"
	"countersign/internal/store"
	"countersign/internal/tool"
)

const (
	// namesKept is how long a former name is shown.
	namesKept = 30 * 24 * time.Hour
	// namesFresh is how long a name that was written is not written again.
	namesFresh = time.Hour
	// namesDelay is how long names wait, to be written in one batch.
	namesDelay = time.Second
	// namesAtOnce bounds the rows of one transaction, because other writers wait for it.
	namesAtOnce = 500
	// maxNames bounds the names in memory, both those that wait and those seen.
	maxNames = 1 << 16
)

// names stores under which names things were seen. Names from reads are written a moment
// later in batches, so that no read waits for the disk. A plan writes all that wait before
// it looks up former names.
type names struct {
	store store.Store
	now   func() time.Time
	log   zerolog.Logger

	// writing serializes the writers.
	writing sync.Mutex

	mu   sync.Mutex
	seed maphash.Seed
	// seen has the Unix time of the last sighting, by its hash. A collision would lose a
	// name for an hour; because of the random seed nobody can cause one.
	seen    map[uint64]int64
	waiting []store.Name
	timer   *time.Timer
}

func newNames(opts Options) *names {
	return &names{store: opts.Store, now: opts.Now, log: opts.Log, seed: maphash.MakeSeed(), seen: map[uint64]int64{}}
}

// see queues sightings for writing, except those that were seen within namesFresh.
func (n *names) see(all []tool.Sighting) {
	now := n.now()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range all {
		if s.ID == "" {
			continue
		}
		key := maphash.Comparable(n.seed, s)
		// An age below 0, after the clock was set back, counts as old.
		if age := now.Unix() - n.seen[key]; age >= 0 && age < int64(namesFresh/time.Second) {
			continue
		}
		if len(n.seen) >= maxNames {
			clear(n.seen) // names are queued again as they are seen
		}
		n.seen[key] = now.Unix()
		n.waiting = append(n.waiting, store.Name{Account: string(s.Account), Kind: s.Kind, ID: s.ID, Name: s.Name, FirstSeen: now, LastSeen: now})
	}
	if len(n.waiting) > 0 && n.timer == nil {
		n.timer = time.AfterFunc(namesDelay, n.writeLater)
	}
}

func (n *names) writeLater() {
	ctx, cancel := context.WithTimeout(context.Background(), namesDelay*10)
	defer cancel()
	if err := n.write(ctx); err != nil {
		n.log.Warn().Err(err).Msg("names that were seen could not be remembered; they are tried again")
	}
}

// write writes all names that wait. After an error the rest waits on.
func (n *names) write(ctx context.Context) error {
	n.writing.Lock()
	defer n.writing.Unlock()
	waiting := n.take()
	for len(waiting) > 0 {
		some := waiting[:min(namesAtOnce, len(waiting))]
		if err := n.store.SeeNames(ctx, some...); err != nil {
			n.putBack(waiting)
			return fmt.Errorf("remember names: %w", err)
		}
		waiting = waiting[len(some):]
	}
	return nil
}

func (n *names) take() []store.Name {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.timer != nil {
		n.timer.Stop()
		n.timer = nil
	}
	waiting := n.waiting
	n.waiting = nil
	return waiting
}

// putBack queues names again after a failed write. Beyond maxNames it drops them all; they
// are queued when they are seen next.
func (n *names) putBack(waiting []store.Name) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting = append(waiting, n.waiting...)
	if len(n.waiting) > maxNames {
		n.waiting = nil
		clear(n.seen)
	}
}

// fill stores the names of a plan's targets and fills in their former names.
func (n *names) fill(ctx context.Context, account cloud.AccountName, targets []tool.Target) error {
	if len(targets) == 0 {
		return nil
	}
	now := make([]tool.Sighting, len(targets))
	for i, t := range targets {
		now[i] = tool.Sighting{Account: account, Kind: t.Kind, ID: t.ID, Name: t.Name}
	}
	n.see(now)
	if err := n.write(ctx); err != nil {
		return err
	}
	return n.former(ctx, account, targets)
}

// former fills in the former names of targets.
func (n *names) former(ctx context.Context, account cloud.AccountName, targets []tool.Target) error {
	// The stored time may be older than the last sighting by up to namesFresh.
	since := n.now().Add(-namesKept - namesFresh)
	for i := range targets {
		t := &targets[i]
		had, err := n.store.Names(ctx, string(account), t.Kind, t.ID, since)
		if err != nil {
			return fmt.Errorf("former names: %w", err)
		}
		for _, name := range had {
			if name.Name != t.Name && !slices.Contains(t.FormerNames, name.Name) {
				t.FormerNames = append(t.FormerNames, name.Name)
			}
		}
	}
	return nil
}

// Close writes the names and the numbers of refused calls that still wait. It has to be
// called before the store is closed.
func (g *Guard) Close(ctx context.Context) error {
	return errors.Join(g.names.write(ctx), g.Shared.folds.write(ctx))
}
