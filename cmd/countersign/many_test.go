package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/cloud"
	gpcnsandbox "countersign/internal/gpcn/sandbox"
	hostupsandbox "countersign/internal/hostup/sandbox"
	"countersign/internal/sandboxkit"
	"countersign/internal/tool"
	voltageparksandbox "countersign/internal/voltagepark/sandbox"
	"countersign/tools"
)

const (
	// most is the number of machines per account in these tests; few is the number
	// for comparison.
	most, few = 10_000, 1_000
	// fullPage is the largest limit of list_vms.
	fullPage = 100
	// pageBytes is the size limit of a page, with an allowance for the members
	// around the rows.
	pageBytes = 60_000 + 500
	// heldBytes bounds the memory of a client while it pages, moreBytes the
	// difference between most and few machines. The client of GPCN remembers the
	// kinds of 2 000 machines in about 270 KB. Memory that grows with the account
	// would need over 1.2 MB more.
	heldBytes, moreBytes = 1 << 20, 512 << 10
)

// crowd is an account of one cloud with many machines. Its sandbox is served
// without the kit, whose journal would grow with every request.
type crowd struct {
	account cloud.Account
	tools   map[string]*tool.Definition
	ids     map[cloud.VMID]int // in the order of their creation

	mu       sync.Mutex
	requests int
	// held is the most memory in use when a request arrived, measured if watched
	// is set.
	watched bool
	held    int
}

// arrived counts a request before the sandbox handles it.
func (c *crowd) arrived() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if c.watched && c.requests%2 == 0 { // a garbage collection is slow
		c.held = max(c.held, liveHeap())
	}
}

// began resets the counts.
func (c *crowd) began(watched bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests, c.watched, c.held = 0, watched, 0
}

// ended returns the counts.
func (c *crowd) ended() (requests, held int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests, c.held
}

func newCrowd(t *testing.T, vendor cloud.Vendor, machines int) *crowd {
	t.Helper()
	c := &crowd{tools: map[string]*tool.Definition{}, ids: map[cloud.VMID]int{}}
	kit := sandboxkit.NewKit(sandboxkit.NewClock(time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)), 1)
	handler := c.populate(t, vendor, kit, machines)
	account := accountServedBy(t, vendor, func(w http.ResponseWriter, r *http.Request) {
		c.arrived()
		handler.ServeHTTP(w, r)
	})
	c.account = account
	for _, definition := range tools.All(tools.Env{Accounts: cloud.Accounts{account}}) {
		c.tools[definition.Name] = definition
	}
	return c
}

// populate fills a sandbox with that number of machines, of the kinds that take the
// most requests to read.
func (c *crowd) populate(t *testing.T, vendor cloud.Vendor, kit *sandboxkit.Kit, machines int) http.Handler {
	t.Helper()
	name := func(n int) string { return fmt.Sprintf("worker-%05d", n) }
	switch vendor {
	case "gpcn":
		s := gpcnsandbox.New(kit)
		for _, vm := range s.VMs() {
			c.add(vm.ID)
		}
		for _, gpu := range s.GPUs() {
			c.add(gpu.ID)
		}
		for n := len(c.ids); n < machines; n++ {
			put := s.PutVM
			if n%2 == 0 {
				put = s.PutGPU
			}
			c.add(put(name(n)))
		}
		return s
	case "hostup":
		s := hostupsandbox.New(kit)
		for _, vps := range s.VPS() {
			c.add(vps.ID)
		}
		for n := len(c.ids); n < machines; n++ {
			put := s.PutPlanVPS
			if n%2 == 0 {
				put = s.PutPAYGVPS
			}
			c.add(put(name(n)))
		}
		return s
	case "voltagepark":
		s := voltageparksandbox.New(kit)
		for _, vm := range s.VMs() {
			c.add(vm.ID)
		}
		for n := len(c.ids); n < machines; n++ {
			c.add(s.PutVM(name(n), kit.Clock.Now(), "batch"))
		}
		return s
	}
	t.Fatalf("no crowd for %s: a cloud that is added belongs into this test", vendor)
	return nil
}

func (c *crowd) add(id cloud.VMID) { c.ids[id] = len(c.ids) }

// read calls a read tool.
func (c *crowd) read(t *testing.T, name, arguments string) ([]byte, error) {
	t.Helper()
	call, err := c.tools[name].Decode([]byte(arguments))
	if err != nil {
		t.Fatal(err)
	}
	out, err := call.Read(t.Context())
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return raw, nil
}

// paged is what listing a whole account took.
type paged struct{ pages, requests, held int }

// listAll pages through list_vms: every machine appears exactly once, and no page
// exceeds its limit or the size limit.
func (c *crowd) listAll(t *testing.T, account string) paged {
	t.Helper()
	var out paged
	seen := make([]bool, len(c.ids)) // without IDs, because the memory of the client is measured
	before := liveHeap()
	c.began(true)
	for cursor := ""; ; out.pages++ {
		raw, err := c.read(t, "list_vms", fmt.Sprintf(`{"account":%q,"limit":%d,"cursor":%q}`, account, fullPage, cursor))
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			VMs        []struct{ ID cloud.VMID }
			NextCursor string `json:"next_cursor"`
			Failures   []tool.Failure
		}
		if err := json.Unmarshal(raw, &page); err != nil || len(page.Failures) > 0 {
			t.Fatal(err, page.Failures)
		}
		if len(page.VMs) > fullPage || len(raw) > pageBytes {
			t.Fatalf("page %d: %d rows, %d bytes", out.pages, len(page.VMs), len(raw))
		}
		for _, vm := range page.VMs {
			n, there := c.ids[vm.ID]
			if !there || seen[n] {
				t.Fatalf("page %d: %s is no machine, or came twice", out.pages, vm.ID)
			}
			seen[n] = true
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if slices.Contains(seen, false) {
		t.Fatalf("machine %d of %d was not listed", slices.Index(seen, false), len(c.ids))
	}
	out.pages++
	var held int
	out.requests, held = c.ended()
	out.held = max(held-before, 0)
	return out
}

// liveHeap returns the bytes in use after a garbage collection.
func liveHeap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestTenThousandMachines lists accounts of 1 000 and of 10 000 machines on each
// cloud: memory does not depend on their number, and requests grow with the pages.
func TestTenThousandMachines(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	for _, entry := range clouds() {
		t.Run(string(entry.vendor), func(t *testing.T) {
			small := newCrowd(t, entry.vendor, few).listAll(t, string(entry.vendor))
			large := newCrowd(t, entry.vendor, most).listAll(t, string(entry.vendor))
			t.Logf("%d machines: %+v; %d machines: %+v", few, small, most, large)
			if large.held > heldBytes || large.held > small.held+moreBytes {
				t.Errorf("%d bytes are held for %d machines, %d for %d", small.held, few, large.held, most)
			}
			// Rates take one more request per page; two lists of a cloud can
			// share a page.
			if at := most / fullPage; large.pages > at+2 || large.requests > 2*large.pages+2 {
				t.Errorf("%d pages in %d requests", large.pages, large.requests)
			}
		})
	}
}

// TestWrongIDAmongTenThousand requests a machine that does not exist. Candidates
// are taken from a bounded number of machines, and the error says so.
func TestWrongIDAmongTenThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	for _, entry := range clouds() {
		t.Run(string(entry.vendor), func(t *testing.T) {
			c := newCrowd(t, entry.vendor, most)
			for name, wrong := range map[string]string{"a name": "worker-09999", "an ID of nothing": wrongID(entry.vendor)} {
				c.began(false)
				_, err := c.read(t, "get_vm", fmt.Sprintf(`{"account":%q,"vm_id":%q}`, entry.vendor, wrong))
				refusal, ok := errors.AsType[*cloud.Error](err)
				if !ok || refusal.Kind != cloud.ErrUnknownID || len(refusal.Candidates) > 5 {
					t.Fatalf("%s: %v", name, err)
				}
				requests, _ := c.ended()
				if requests > 50 || !strings.Contains(refusal.Hint, "first 2000") {
					t.Errorf("%s: %d requests, hint %q", name, requests, refusal.Hint)
				}
				t.Logf("%s: %d requests, %d candidates: %v %s", name, requests, len(refusal.Candidates), err, refusal.Hint)
			}
		})
	}
}

// wrongID returns an unknown ID in the format of a cloud.
func wrongID(vendor cloud.Vendor) string {
	if vendor == "hostup" {
		return "999999999"
	}
	return "00000000-0000-4000-8000-000000000000"
}
