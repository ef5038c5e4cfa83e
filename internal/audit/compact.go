package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"countersign/internal/store"
)

// Ended operations are kept longer than their records, because the sum of this month's
// charges is computed from them; names are kept for as long as they are shown.
const (
	operationsKept = 35 * 24 * time.Hour
	namesKept      = 30 * 24 * time.Hour
)

// Cut is the part at the beginning of a chain that can be removed.
type Cut struct {
	// Last is the last record to remove; the zero Base where none can be removed.
	Last store.Base
	// Stopped is the ID of an open operation that keeps records that are old enough, or
	// empty.
	Stopped string
}

// FindCut finds the records that can be removed: those before the first one that is
// not older than before or belongs to an open operation. Most limits their number
// where it is above 0.
func FindCut(ctx context.Context, s store.Store, before, now time.Time, most int64) (Cut, error) {
	open, err := newOpenness(ctx, s, now)
	if err != nil {
		return Cut{}, err
	}
	var cut Cut
	var failed error
	err = s.Records(ctx, 0, func(r store.Record) bool {
		if !r.At.Before(before) || most > 0 && cut.Last.Count == most {
			return false
		}
		isOpen, err := open.of(ctx, r.Operation)
		if failed = err; err != nil {
			return false
		}
		if isOpen {
			cut.Stopped = r.Operation
			return false
		}
		cut.Last = store.Base{Head: store.Head{Seq: r.Seq, Hash: r.Hash}, Count: cut.Last.Count + 1, At: r.At}
		return true
	})
	if err := errors.Join(err, failed); err != nil {
		return Cut{}, fmt.Errorf("look what can be removed: %w", err)
	}
	return cut, nil
}

// openness finds out which operations can still change.
type openness struct {
	store store.Store
	// grants has the IDs of the grants that can still be drawn from.
	grants map[string]bool
	known  map[string]bool
}

func newOpenness(ctx context.Context, s store.Store, now time.Time) (openness, error) {
	o := openness{store: s, grants: map[string]bool{}, known: map[string]bool{"": false}}
	grants, err := s.Grants(ctx, store.GrantQuery{})
	if err != nil {
		return o, fmt.Errorf("look for standing grants: %w", err)
	}
	for _, g := range grants {
		if g.RevokedAt.IsZero() && (g.Until.IsZero() || !g.Until.Before(now)) {
			o.grants[g.ID], o.known[g.Operation] = true, true
		}
	}
	return o, nil
}

func (o openness) of(ctx context.Context, id string) (bool, error) {
	open, known := o.known[id]
	if known {
		return open, nil
	}
	op, err := o.store.Operation(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	open = err == nil && (op.State.Open() || o.grants[op.Grant])
	o.known[id] = open
	return open, nil
}

// Compaction says who decided a compaction, and how to do it.
type Compaction struct {
	// By, Road and Terminal say who decided it, as for the answer to a question.
	By, Road, Terminal string
	// Archive is the path of a new file for the removed records, or empty.
	Archive string
	// Anchor is the path of the anchor, or empty.
	Anchor string
	// Standing are groups of kinds, as in store.Compaction.
	Standing [][]string
	Now      time.Time
}

// Compact removes the records up to a cut. It writes them to the archive before, where
// one is named. It refuses a broken chain, because it could remove the evidence.
func Compact(ctx context.Context, s store.Store, cut Cut, c Compaction) (store.Compacted, error) {
	found, err := VerifyStore(ctx, s, Sources{Anchor: c.Anchor})
	if err != nil {
		return store.Compacted{}, err
	}
	if found.Broken != nil {
		return store.Compacted{}, fmt.Errorf("the audit does not hold at record %d: %s; nothing was removed, for that would remove what shows it", found.Broken.Seq, found.Broken.Reason)
	}
	removal := store.Compaction{
		Base: cut.Last, At: c.Now, By: c.By, Road: c.Road, Terminal: c.Terminal, Standing: c.Standing,
		EndedBefore: c.Now.Add(-operationsKept), NamesBefore: c.Now.Add(-namesKept),
	}
	if c.Archive != "" {
		if removal.Archive, err = writeArchive(ctx, s, c.Archive, cut.Last.Seq, c.Now); err != nil {
			return store.Compacted{}, err
		}
	}
	gone, err := s.CompactAudit(ctx, removal)
	if err != nil && c.Archive != "" {
		// The transaction may have been committed all the same, so the archive is kept.
		err = fmt.Errorf("%w; the archive %s stays", err, c.Archive)
	}
	return gone, err
}

// writeArchive exports the records up to last to a new file and verifies the file,
// which is on the disk when this returns. It returns the SHA-256 of the file.
func writeArchive(ctx context.Context, s store.Store, path string, last int64, now time.Time) (string, error) {
	err := WriteFile(path, func(f *os.File) error {
		return s.ReadAudit(ctx, func(chain store.Snapshot) error {
			_, err := WriteJSONL(f, chain, last, now)
			return err
		})
	})
	if err != nil {
		return "", err
	}
	found, err := VerifyFile(path, Sources{})
	if err == nil && (found.Broken != nil || found.Head.Seq != last) {
		err = fmt.Errorf("archive: %s was written and does not read back; nothing was removed", path)
	}
	raw, readErr := os.ReadFile(path) //nolint:gosec // written just now
	if err := errors.Join(err, readErr); err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// fileMode keeps other users from reading exports, which have everything but secrets.
const fileMode fs.FileMode = 0o600

// ErrThere says that a file exists that was to be made.
var ErrThere = errors.New("is there already and is not written over; name another file")

// WriteFile writes a new file completely and durably, or removes it and returns an
// error. It never changes an existing file: that is ErrThere.
func WriteFile(path string, write func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode) //nolint:gosec // the person names the file
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s %w", path, ErrThere)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = errors.Join(write(f), f.Sync(), f.Close(), syncFolder(filepath.Dir(path)))
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	return nil
}

// Automatic compactions are limited in size and run once a day at most, because each
// of them appends a record.
const (
	mostAtOnce = 20_000
	notBefore  = 24 * time.Hour
)

// roadRetention is the road in the records of automatic compactions.
const roadRetention = "retention"

// Retain removes records that are older than keep, some at a time, once a day at most.
// It returns the zero Compacted where nothing was removed.
func Retain(ctx context.Context, s store.Store, keep time.Duration, c Compaction) (store.Compacted, error) {
	oldest, err := oldest(ctx, s)
	if err != nil || oldest.IsZero() || oldest.After(c.Now.Add(-keep-notBefore)) {
		return store.Compacted{}, err
	}
	cut, err := FindCut(ctx, s, c.Now.Add(-keep), c.Now, mostAtOnce)
	if err != nil || cut.Last.Seq == 0 {
		return store.Compacted{}, err
	}
	c.By, c.Road = "the setting --audit-keep", roadRetention
	gone, err := Compact(ctx, s, cut, c)
	if errors.Is(err, store.ErrConflict) {
		return store.Compacted{}, nil // another process was first
	}
	return gone, err
}

func oldest(ctx context.Context, s store.Store) (time.Time, error) {
	var at time.Time
	err := s.Records(ctx, 0, func(r store.Record) bool {
		at = r.At
		return false
	})
	return at, err
}
