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
	// most is how many machines an account has in these tests; few is what is
	// compared with it.
	most, few = 10_000, 1_000
	// fullPage is the largest limit that list_vms takes.
	fullPage = 100
	// pageBytes is what a page of rows may hold, with something for what stands
	// around the rows.
	pageBytes = 60_000 + 500
	// heldBytes is what a client may hold while it pages, and how much more it may
	// be for most machines than for few: GPCN's remembers of which kind 2 000 of
	// them are, in about 270 KB. What grows with the account holds over 1.2 MB more.
	heldBytes, moreBytes = 1 << 20, 512 << 10
)

// crowd is an account of one cloud with many machines. Its sandbox is served
// without the kit, whose journal would grow with every request.
type crowd struct {
	account cloud.Account
	tools   map[string]*tool.Definition
	ids     map[cloud.VMID]int // in the order of their making

	mu       sync.Mutex
	requests int
	// held is the most that was in use when a request arrived, where it is watched.
	watched bool
	held    int
}

// arrived counts a request, before it reaches the sandbox.
func (c *crowd) arrived() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if c.watched && c.requests%2 == 0 { // a collection takes its time
		c.held = max(c.held, liveHeap())
	}
}

// began starts counting anew.
func (c *crowd) began(watched bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests, c.watched, c.held = 0, watched, 0
}

// ended returns what was counted.
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

// populate fills a sandbox up to a number of machines; each cloud gets those
// of its kinds that are dearest to read.
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

// read calls a tool that reads.
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

// listAll pages through list_vms: every machine comes exactly once, and no page
// is longer than asked for or than a model can read.
func (c *crowd) listAll(t *testing.T, account string) paged {
	t.Helper()
	var out paged
	seen := make([]bool, len(c.ids)) // holds no ID: what the client holds is measured
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

// liveHeap is what is in use after a collection, in bytes.
func liveHeap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestTenThousandMachines lists accounts of 1 000 and of 10 000 machines on
// each cloud: what is held meanwhile does not depend on how many there are, and
// requests grow as pages do.
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
			// Rates are a request more for each page; two lists of a cloud meet within one.
			if at := most / fullPage; large.pages > at+2 || large.requests > 2*large.pages+2 {
				t.Errorf("%d pages in %d requests", large.pages, large.requests)
			}
		})
	}
}

// TestWrongIDAmongTenThousand asks for a machine that is not there. What may
// have been meant is looked for among a bounded number of machines, and the
// refusal says so.
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

// wrongID has the form of a cloud's IDs.
func wrongID(vendor cloud.Vendor) string {
	if vendor == "hostup" {
		return "999999999"
	}
	return "00000000-0000-4000-8000-000000000000"
}
