package audit

import (
	"context"
	"fmt"
	"os"

	"countersign/internal/store"
)

// Sources are the files that a chain is verified against.
type Sources struct {
	// Archives are exports of the records that were removed from the beginning, in order.
	Archives []string
	// Anchor is the path of the anchor, or empty.
	Anchor string
}

// Finding is the result of a verification.
type Finding struct {
	// Broken is the first break, or nil. Where is the path of the file that it is in,
	// empty for the store.
	Broken *store.Broken
	Where  string
	// Count is the number of records before the break, Head the last of them, From the
	// record before the first.
	Count int64
	Head  store.Head
	From  store.Head
	// Vouched says that a record of a compaction vouches for From.
	Vouched bool
	// Anchored counts the heads of the anchor that are in the chain, Early those before
	// its beginning; Last is the greatest number. Unreadable counts the lines of the
	// anchor that cannot be read.
	Anchored, Early, Last int64
	Unreadable            int
}

// check is the state of one verification.
type check struct {
	store.Checker
	where      string
	unreadable int
}

// VerifyStore verifies the chain of a store.
func VerifyStore(ctx context.Context, s store.Store, with Sources) (Finding, error) {
	var c check
	// The anchor is read before the chain, so that all of its heads are in the chain
	// that is read.
	broken, err := c.expect(with.Anchor)
	if err != nil || broken != nil {
		return c.finding(broken), err
	}
	for _, archive := range with.Archives {
		if broken, err = c.file(archive); err != nil || broken != nil {
			return c.finding(broken), err
		}
	}
	c.where = ""
	err = s.ReadAudit(ctx, func(chain store.Snapshot) (err error) {
		broken, err = c.Check(chain)
		return err
	})
	return c.finding(broken), err
}

// VerifyFile verifies an export without the store, after the archives of the records
// before it. It ignores heads of the anchor that are newer than the export.
func VerifyFile(path string, with Sources) (Finding, error) {
	var c check
	broken, err := c.expect(with.Anchor)
	for _, archive := range append(with.Archives, path) {
		if err != nil || broken != nil {
			break
		}
		broken, err = c.file(archive)
	}
	return c.finding(broken), err
}

func (c *check) finding(broken *store.Broken) Finding {
	f := Finding{Broken: broken, Count: c.Count(), Head: c.At(), From: c.From(), Unreadable: c.unreadable}
	if broken != nil {
		f.Where = c.where
	}
	f.Anchored, f.Early, f.Last = c.Anchored()
	vouched := c.Vouched()
	f.Vouched = vouched != nil && vouched.Head == f.From
	return f
}

// expect passes the heads of an anchor to the checker.
func (c *check) expect(path string) (broken *store.Broken, err error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("audit anchor: %w; it is made when a server starts with --audit-anchor", err)
	}
	defer func() { _ = f.Close() }()
	heads := 0
	c.unreadable, err = scanAnchor(f, func(h store.Head) bool {
		heads++
		broken = c.Expect(h)
		return broken == nil
	})
	if err == nil && heads == 0 && c.unreadable > 0 {
		err = fmt.Errorf("audit anchor: %s is no anchor: it has %d lines and none is a time, a number and a hash", path, c.unreadable)
	}
	return broken, err
}

// file passes the records of an export to the checker.
func (c *check) file(path string) (*store.Broken, error) {
	f, err := os.Open(path) //nolint:gosec // the person names the file
	if err != nil {
		return nil, fmt.Errorf("verify audit: %w", err)
	}
	defer func() { _ = f.Close() }()
	c.where = path
	var broken *store.Broken
	var first *store.Head
	before := c.Count()
	closing, unreadable, err := readJSONL(f, func(r store.Record) bool {
		if first == nil {
			first = &store.Head{Seq: r.Seq - 1, Hash: r.Prev}
			if broken = c.Begin(*first); broken != nil {
				return false
			}
		}
		broken = c.Follow(r)
		return broken == nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("verify audit: %s: %w", path, err)
	case broken != nil:
		return broken, nil
	case unreadable != nil:
		return unreadable, nil
	case closing == nil:
		return &store.Broken{Seq: c.At().Seq + 1, Reason: "removed: the export has no last line, so its end was cut off"}, nil
	}
	if first == nil {
		first = &closing.Base.Head
		if broken := c.Begin(*first); broken != nil {
			return broken, nil
		}
	}
	switch {
	case *first != closing.Base.Head:
		return &store.Broken{Seq: closing.Base.Seq + 1, Reason: fmt.Sprintf("removed: the export began after record %d and begins after record %d", closing.Base.Seq, first.Seq)}, nil
	case c.Count()-before != closing.Count:
		return &store.Broken{Seq: c.At().Seq + 1, Reason: fmt.Sprintf("removed: the export had %d records and has %d", closing.Count, c.Count()-before)}, nil
	}
	return c.At().Ends(closing.Head), nil
}
