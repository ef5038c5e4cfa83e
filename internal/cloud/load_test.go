package cloud_test

import (
	"testing"

	"countersign/internal/cloud"
)

// TestLoadOfAMachine pins that a machine counts until it has ended, switched on or off,
// and its GPUs while they are reserved.
func TestLoadOfAMachine(t *testing.T) {
	t.Parallel()
	gpus := []cloud.GPU{{Model: "h100", Count: 8}, {Model: "a100", Count: 1}}
	for name, c := range map[string]struct {
		vm   cloud.VM
		want cloud.Load
	}{
		"running":          {cloud.VM{Power: cloud.PowerRunning, GPUs: gpus}, cloud.Load{Machines: 1, GPUs: 9}},
		"stopped":          {cloud.VM{Power: cloud.PowerStopped, GPUs: gpus}, cloud.Load{Machines: 1, GPUs: 9}},
		"between":          {cloud.VM{Power: cloud.PowerOther, GPUs: gpus}, cloud.Load{Machines: 1, GPUs: 9}},
		"released":         {cloud.VM{Power: cloud.PowerReleased, GPUs: gpus}, cloud.Load{Machines: 1}},
		"without GPUs":     {cloud.VM{Power: cloud.PowerRunning}, cloud.Load{Machines: 1}},
		"ended":            {cloud.VM{Power: cloud.PowerOther, GPUs: gpus, Ended: true}, cloud.Load{}},
		"a word of no one": {cloud.VM{Power: "frozen", GPUs: gpus}, cloud.Load{Machines: 1, GPUs: 9}},
	} {
		if got := c.vm.Load(); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	released := cloud.VM{Power: cloud.PowerReleased, GPUs: gpus}
	if got := released.Load().More(released.LoadIn(cloud.PowerRunning)); got != (cloud.Load{GPUs: 9}) {
		t.Errorf("a start of a released machine adds %+v", got)
	}
	if got := released.LoadIn(cloud.PowerRunning).More(released.Load()); got != (cloud.Load{}) {
		t.Errorf("a release adds %+v", got)
	}
}

// TestLoadOfARental pins that every server counts with its GPUs, and that unknown
// servers are reported.
func TestLoadOfARental(t *testing.T) {
	t.Parallel()
	server := &cloud.Server{GPU: cloud.GPU{Model: "h100", Count: 8}}
	for name, c := range map[string]struct {
		rental cloud.Rental
		want   cloud.Load
		told   bool
	}{
		"three servers":     {cloud.Rental{NodeCount: new(3), Server: server}, cloud.Load{Machines: 3, GPUs: 24}, true},
		"switched off":      {cloud.Rental{NodeCount: new(3), Server: server, Power: cloud.PowerStopped}, cloud.Load{Machines: 3, GPUs: 24}, true},
		"by its addresses":  {cloud.Rental{Nodes: make([]cloud.Node, 2), Server: server}, cloud.Load{Machines: 2, GPUs: 16}, true},
		"pending":           {cloud.Rental{}, cloud.Load{Machines: 1}, false},
		"without hardware":  {cloud.Rental{NodeCount: new(3)}, cloud.Load{Machines: 3}, false},
		"without a number":  {cloud.Rental{Server: server}, cloud.Load{Machines: 1}, false},
		"none, by its word": {cloud.Rental{NodeCount: new(0), Server: server}, cloud.Load{Machines: 1}, false},
		"ended":             {cloud.Rental{NodeCount: new(3), Server: server, Ended: true}, cloud.Load{}, true},
	} {
		if got, told := c.rental.Load(); got != c.want || told != c.told {
			t.Errorf("%s: %+v %v, want %+v %v", name, got, told, c.want, c.told)
		}
	}
}
