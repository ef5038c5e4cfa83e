package guard

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// fullDisk is a store that cannot write names until its disk has room.
type fullDisk struct {
	store.Store
	ok    bool
	names int
}

func (d *fullDisk) SeeNames(_ context.Context, names ...store.Name) error {
	if !d.ok {
		return errors.New("the disk is full")
	}
	d.names += len(names)
	return nil
}

// TestNamesAreBounded checks that neither the seen names nor those that cannot be written
// grow without bound, and that dropped ones are queued again.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	disk := &fullDisk{}
	n := newNames(Options{Store: disk, Now: time.Now})
	sighting := func(i int) []tool.Sighting {
		return []tool.Sighting{{Account: "acme", Kind: "vm", ID: fmt.Sprint(i), Name: "x"}}
	}
	for i := range maxNames + 1 {
		n.see(sighting(i))
	}
	if len(n.seen) > maxNames {
		t.Errorf("%d names are known", len(n.seen))
	}
	if err := n.write(t.Context()); err == nil {
		t.Fatal("nobody hears of a full disk")
	}
	if len(n.waiting) > maxNames {
		t.Errorf("%d names wait", len(n.waiting))
	}
	disk.ok = true
	n.see(sighting(5))
	n.see(sighting(5))
	if err := n.write(t.Context()); err != nil || disk.names != 1 {
		t.Errorf("%d names were written, %v", disk.names, err)
	}
	n.see([]tool.Sighting{{Account: "acme", Kind: "vm", Name: "of nothing"}})
	if len(n.waiting) > 0 {
		t.Error("what has no ID waits")
	}
	n.now = func() time.Time { return time.Now().Add(-2 * time.Hour) }
	n.see(sighting(5))
	if len(n.waiting) != 1 {
		t.Error("a clock that went back hides a name")
	}
}
