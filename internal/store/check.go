package store

import (
	"errors"
	"fmt"
)

// Checker follows an audit chain from its first record to its last and says
// where it does not hold. The zero Checker is ready.
//
// Records of an archive are given to Follow before Check reads the chain that
// goes on from them.
type Checker struct {
	at      Head  // the last record that holds
	count   int64 // how many hold
	began   bool
	from    Head // the record before the first
	base    Base
	vouched *Base // the last base that a record vouches for
	by      int64 // that record

	heads map[int64]string // heads that were written down elsewhere
	last  int64            // the greatest of them
	found int64
	early int64 // those before the first record
}

// Expect says that the chain had this head once, as something outside of the
// store remembers. Two hashes for one number cannot both be found.
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

// Begin says after which record the chain begins.
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

// joins checks that the chain goes on where the archive before it ends.
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

// Follow checks that r is the untouched next record.
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

// Check walks a chain as it is kept: from its base, which a record has to vouch
// for, to where it was left. It returns the first break.
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

// Complete checks, when all records are followed, that no head is missing.
func (c *Checker) Complete() *Broken {
	if c.last > c.at.Seq {
		return &Broken{Seq: c.at.Seq + 1, Reason: fmt.Sprintf("removed: record %d was anchored, and the chain ends at record %d", c.last, c.at.Seq)}
	}
	// Records that were anchored are gone. The head of the compaction that removed
	// them was anchored by whoever made it, unless that process ended in the very
	// moment; that a later head is says nothing, for anybody's record is below it.
	if _, ok := c.heads[c.by]; c.early > 0 && !ok {
		return &Broken{Seq: c.from.Seq, Reason: fmt.Sprintf(
			"removed: records up to here were anchored, and record %d, which vouches for their removal, was not; with their archive it can be told whether it is right", c.by)}
	}
	return nil
}

// At is the last record that holds.
func (c *Checker) At() Head { return c.at }

// From is the record before the first: the zero Head where there is none.
func (c *Checker) From() Head { return c.from }

// Count is how many records hold.
func (c *Checker) Count() int64 { return c.count }

// Vouched is the base that a record vouched for last, nil for none.
func (c *Checker) Vouched() *Base { return c.vouched }

// Anchored tells of the heads that were expected: how many stand in the chain,
// how many are before its beginning, and the number of the last.
func (c *Checker) Anchored() (found, early, last int64) { return c.found, c.early, c.last }
