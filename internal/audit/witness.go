package audit

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/store"
)

// sayEvery is the shortest time between two log lines with the head of the chain, and
// between two that say that the anchor cannot be written.
const sayEvery = time.Minute

// Witness writes the heads of the chain to the anchor and, now and then, to the log.
// Somebody who can write the store may not be able to change either.
type Witness struct {
	anchor *Anchor // nil for none
	log    zerolog.Logger
	now    func() time.Time

	mu sync.Mutex
	// missed is the last head that could not be anchored, and why.
	missed     store.Head
	failure    error
	said, told time.Time
}

var _ store.Witness = (*Witness)(nil)

// NewWitness returns a witness. It only logs where anchor is nil.
func NewWitness(anchor *Anchor, log zerolog.Logger, now func() time.Time) *Witness {
	return &Witness{anchor: anchor, log: log, now: now}
}

// Ready implements store.Witness. It tries again to write a head that was missed.
func (w *Witness) Ready() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failure == nil {
		return nil
	}
	if w.failure = w.anchor.Append(w.missed); w.failure != nil {
		return fmt.Errorf("the audit anchor cannot be written: %w; make room, or give another file with --audit-anchor", w.failure)
	}
	return nil
}

// Saw implements store.Witness. The head is durable already, so a failure to anchor it
// is only remembered and logged: the hash of the next head covers this one too.
func (w *Witness) Saw(head store.Head) {
	var err error
	if w.anchor != nil {
		err = w.anchor.Append(head)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	switch {
	case err != nil:
		if head.Seq > w.missed.Seq || w.failure == nil {
			w.missed = head
		}
		w.failure = err
		if w.told.IsZero() || now.Sub(w.told) >= sayEvery {
			w.told = now
			w.log.Error().Err(err).Int64("seq", head.Seq).Msg("the audit anchor could not be written; no new operation begins until it can")
		}
	case head.Seq > w.missed.Seq:
		w.failure = nil
	}
	if w.said.IsZero() || now.Sub(w.said) >= sayEvery {
		w.say(head, now)
	}
}

// Say logs the head of the chain; processes call it when they start and end.
func (w *Witness) Say(ctx context.Context, s store.Store) error {
	return s.ReadAudit(ctx, func(chain store.Snapshot) error {
		if chain.Head != nil && chain.Head.Seq > 0 {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.say(*chain.Head, w.now())
		}
		return nil
	})
}

func (w *Witness) say(head store.Head, now time.Time) {
	w.said = now
	w.log.Info().Int64("seq", head.Seq).Str("hash", head.Hash).Msg("head of the audit")
}

// Fits returns an error for a chain in which the last anchored head is missing or
// different: nothing may be appended to it. It writes the current head to an empty
// anchor.
func (w *Witness) Fits(ctx context.Context, s store.Store) error {
	if w.anchor == nil {
		return nil
	}
	// The anchor is read first, so that its heads are in the chain that is read.
	last, err := w.anchor.latest()
	if err != nil {
		return err
	}
	return s.ReadAudit(ctx, func(chain store.Snapshot) error {
		if chain.Base == nil || chain.Head == nil {
			return unfit(last)
		}
		switch {
		case last.Seq == 0 && chain.Head.Seq > 0:
			return w.anchor.Append(*chain.Head)
		case last.Seq == 0, last.Seq < chain.Base.Seq:
			return nil // nothing yet, or in what was compacted
		case last == chain.Base.Head, last == *chain.Head:
			return nil
		}
		found := false
		err := chain.Records(last.Seq-1, func(r store.Record) bool {
			found = r.Seq == last.Seq && r.Hash == last.Hash
			return false
		})
		if err == nil && !found {
			err = unfit(last)
		}
		return err
	})
}

func unfit(last store.Head) error {
	return fmt.Errorf("the audit does not hold: record %d was anchored and is missing or another now; `countersign audit verify` says more. "+
		"After restoring a backup, or to use the anchor for another state folder, give a new file with --audit-anchor", last.Seq)
}
