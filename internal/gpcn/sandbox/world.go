package sandbox

import (
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/sandboxkit"
)

// world is the state of the tenant: its resources, and its pending events.
type world struct {
	kit      *sandboxkit.Kit
	places   []*place
	series   []*series
	keys     []gpcn.SSHKey
	groups   []gpcn.ResourceGroup
	networks []*network
	vms      []*vm
	gpus     []*gpu
	volumes  []*volume
	jobs     []*job

	// now is the time of the present request or event.
	now time.Time
	due []event
	// script is the outcome of the next job; nil lets it succeed.
	script *script
	// providerDown is true while the provider behind the GPUs cannot be reached.
	providerDown bool
	nextPublic   int
}

// place is a data center with its offers.
type place struct {
	gpcn.DataCenter
	categories []gpcn.SizeCategory
	images     []gpcn.ImageCategory
	storage    []gpcn.VolumeTypeOffers
}

// wire returns the place in the form that machines and networks have it.
func (p *place) wire() gpcn.Place {
	return gpcn.Place{ID: p.ID, Name: p.Name, Region: p.RegionName, CountryAbbr: p.CountryAbbreviation, Country: p.CountryName}
}

// event is a change of state at a time.
type event struct {
	at  time.Time
	act func()
}

// after schedules an event for when that much time has passed.
func (w *world) after(d time.Duration, act func()) {
	w.due = append(w.due, event{w.now.Add(d), act})
}

// settle runs all events that are due, in order.
func (w *world) settle(now time.Time) {
	for {
		next := -1
		for i, e := range w.due {
			if !e.at.After(now) && (next < 0 || e.at.Before(w.due[next].at)) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		e := w.due[next]
		w.due = slices.Delete(w.due, next, next+1)
		w.now = e.at
		e.act()
	}
	w.now = now
}

// find returns the first match; the zero T, nil for pointers, where there is none.
func find[T any](all []T, fits func(T) bool) (T, bool) {
	for _, one := range all {
		if fits(one) {
			return one, true
		}
	}
	var none T
	return none, false
}

func (w *world) place(id string) (*place, bool) {
	return find(w.places, func(p *place) bool { return string(p.ID) == id })
}

func (w *world) key(id string) (gpcn.SSHKey, bool) {
	return find(w.keys, func(k gpcn.SSHKey) bool { return string(k.ID) == id })
}

func (w *world) group(id string) (gpcn.ResourceGroup, bool) {
	return find(w.groups, func(g gpcn.ResourceGroup) bool { return string(g.ID) == id })
}

func (w *world) network(id string) (*network, bool) {
	return find(w.networks, func(n *network) bool { return string(n.id) == id })
}

func (w *world) vm(id string) (*vm, bool) {
	return find(w.vms, func(v *vm) bool { return string(v.id) == id })
}

func (w *world) gpu(id string) (*gpu, bool) {
	return find(w.gpus, func(g *gpu) bool { return string(g.id) == id })
}

// machine finds a VM of either kind.
func (w *world) machine(id cloud.VMID) (*machine, bool) {
	if v, there := w.vm(string(id)); there {
		return &v.machine, true
	}
	if g, there := w.gpu(string(id)); there {
		return &g.machine, true
	}
	return nil, false
}

// removeVM removes a VM with its interfaces. Its volumes remain and are not attached any
// more [inferred].
func (w *world) removeVM(v *vm) {
	for _, volume := range w.volumes {
		if volume.on == v {
			volume.on = nil
		}
	}
	w.vms = slices.DeleteFunc(w.vms, func(other *vm) bool { return other == v })
}

// removeGPU removes a GPU VM and returns its GPUs to the stock.
func (w *world) removeGPU(g *gpu) {
	g.release()
	w.gpus = slices.DeleteFunc(w.gpus, func(other *gpu) bool { return other == g })
}
