package store

import (
	"errors"
	"fmt"
)

// Checker verifies an audit chain from its first record to its last and finds the
// first break. The zero Checker is ready for use.
//
// It finds every record that was changed, removed, reordered or added, unless all
// hashes from there on and the head were recomputed. Somebody who can write the
// store can do that; only a head that was saved elsewhere (Expect) finds it.
//
// To verify archives too, pass their records to Follow before Check reads the chain
// that continues them.
type Checker struct {
	at      Head  // the last record before a break
	count   int64 // of the records up to at
	began   bool
	from    Head // the record before the first
	base    Base
	vouched *Base // the last base that a record vouches for
	by      int64 // the number of that record

	heads map[int64]string // hashes of heads that were saved elsewhere, by number
	last  int64            // the greatest number of them
	found int64
	early int64 // those before the first record
}

// Expect adds a head that the chain once had and that was saved outside of the
// store. It returns a break for two different hashes with one number.
func (c *Checker) Expect(h Head) *Broken {
	if c.heads == nil {
		c.heads = map[int64]string{}
	}
	if known, ok := c.heads[h.Seq]; ok && known != h.Hash {
		return &Broken{Seq: h.Seq, Reason: "replaced: two different records were anchored under this number"}
	}
	c.heads[h.Seq] = h.Hash
	c.last = max(c.last, h.Seq)
	return nil
}

// Begin sets the record after which the chain begins. Where records were followed
// before, it checks that the chain continues them.
func (c *Checker) Begin(h Head) *Broken {
	if c.began {
		return c.joins(h)
	}
	c.began, c.from, c.at = true, h, h
	for seq, hash := range c.heads {
		switch {
		case seq < h.Seq:
			c.early++
		case seq > h.Seq:
		case hash != h.Hash:
			return &Broken{Seq: seq, Reason: "replaced: another record was anchored under this number"}
		default:
			c.found++
		}
	}
	return nil
}

// joins checks that the chain continues where the archive before it ends.
func (c *Checker) joins(h Head) *Broken {
	switch {
	case c.at.Seq < h.Seq:
		return &Broken{Seq: c.at.Seq + 1, Reason: fmt.Sprintf("removed: what comes before ends at record %d, and the rest begins after record %d", c.at.Seq, h.Seq)}
	case c.at.Seq > h.Seq:
		return &Broken{Seq: h.Seq + 1, Reason: fmt.Sprintf("does not join: what comes before goes on to record %d, and the rest begins after record %d; it is not what was removed then", c.at.Seq, h.Seq)}
	case c.at != h:
		return &Broken{Seq: h.Seq, Reason: "does not follow: what comes before is of another chain"}
	}
	return nil
}

// Follow checks that r is the next record and that its hash is right.
func (c *Checker) Follow(r Record) *Broken {
	if !c.began {
		if broken := c.Begin(Head{Seq: r.Seq - 1, Hash: r.Prev}); broken != nil {
			return broken
		}
	}
	next, broken := c.at.Follow(r)
	if broken != nil {
		return broken
	}
	if hash, ok := c.heads[r.Seq]; ok {
		if hash != r.Hash {
			return &Broken{Seq: r.Seq, Reason: "replaced: another record was anchored under this number"}
		}
		c.found++
	}
	c.at = next
	c.count++
	if base := Vouched(r); base != nil {
		c.vouched, c.by = base, r.Seq
	}
	return nil
}

// Check verifies a stored chain from its base, which a record has to vouch for, to
// its stored head. It returns the first break, or nil.
func (c *Checker) Check(s Snapshot) (*Broken, error) {
	if s.Base == nil {
		return &Broken{Seq: c.at.Seq + 1, Reason: "removed: nothing says where the chain begins"}, nil
	}
	c.base = *s.Base
	broken := c.Begin(c.base.Head)
	if broken != nil {
		return broken, nil
	}
	err := s.Records(0, func(r Record) bool {
		broken = c.Follow(r)
		return broken == nil
	})
	if unreadable, ok := errors.AsType[*UnreadableError](err); ok {
		return &Broken{Seq: unreadable.Seq, Reason: "changed: it cannot be read: " + unreadable.Err.Error()}, nil
	}
	if err != nil || broken != nil {
		return broken, err
	}
	if broken := c.ends(s.Head); broken != nil {
		return broken, nil
	}
	return c.Complete(), nil
}

func (c *Checker) ends(kept *Head) *Broken {
	if kept == nil {
		return &Broken{Seq: c.at.Seq + 1, Reason: "removed: nothing says where the chain was left"}
	}
	if broken := c.at.Ends(*kept); broken != nil {
		return broken
	}
	switch {
	case c.base.Seq == 0 && c.vouched == nil:
		return nil
	case c.vouched == nil:
		return &Broken{Seq: c.base.Seq, Reason: "removed: no record in the chain vouches for the removal of those up to here"}
	case !c.vouched.Equal(c.base):
		return &Broken{Seq: c.base.Seq, Reason: fmt.Sprintf("forged: record %d vouches for a chain that begins after record %d, and it begins after record %d", c.by, c.vouched.Seq, c.base.Seq)}
	}
	return nil
}

// Complete checks, after all records were followed, that no expected head is
// missing.
func (c *Checker) Complete() *Broken {
	if c.last > c.at.Seq {
		return &Broken{Seq: c.at.Seq + 1, Reason: fmt.Sprintf("removed: record %d was anchored, and the chain ends at record %d", c.last, c.at.Seq)}
	}
	// Anchored records are gone. The process that compacted them anchored the head of
	// that compaction, unless it was killed at that moment. A later anchored head
	// proves nothing, because any record can come before it.
	if _, ok := c.heads[c.by]; c.early > 0 && !ok {
		return &Broken{Seq: c.from.Seq, Reason: fmt.Sprintf(
			"removed: records up to here were anchored, and record %d, which vouches for their removal, was not; with their archive it can be told whether it is right", c.by)}
	}
	return nil
}

// At returns the last record before a break.
func (c *Checker) At() Head { return c.at }

// From returns the record before the first: the zero Head where there is none.
func (c *Checker) From() Head { return c.from }

// Count returns the number of records up to At.
func (c *Checker) Count() int64 { return c.count }

// Vouched returns the base that a record vouched for last, or nil.
func (c *Checker) Vouched() *Base { return c.vouched }

// Anchored returns, of the expected heads, how many were found in the chain, how
// many are before its beginning, and the greatest number.
func (c *Checker) Anchored() (found, early, last int64) { return c.found, c.early, c.last }
