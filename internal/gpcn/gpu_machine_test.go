package gpcn_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
	"countersign/internal/sandboxkit"
)

func TestEveryRuleOfGPUVMs(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, w tenant, s *gpcn.GPUSpec)
		kind   cloud.ErrorKind
		says   string
		meant  func(t *testing.T, w tenant) string
	}{
		"as it is":      {change: func(*testing.T, tenant, *gpcn.GPUSpec) {}},
		"two GPUs":      {change: func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.GPUCount = 2 }},
		"an exact SKU":  {change: func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.SKUCode = "h100-sxm-80gb-1x" }},
		"an image name": {change: func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.ImageName = "ubuntu-22.04" }},
		"an image": {change: func(t *testing.T, w tenant, s *gpcn.GPUSpec) {
			s.ImageID = w.image(t, s.DatacenterID, "Alma Linux 9.x")
		}},
		"a user":            {change: func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.Username = "_alice" }},
		"a group":           {change: func(t *testing.T, w tenant, s *gpcn.GPUSpec) { s.ResourceGroupID = w.group(t, "staging") }},
		"three GPUs":        {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.GPUCount = 3 }, cloud.ErrInvalid, "gpu_count", nil},
		"no GPUs":           {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.GPUCount = 0 }, cloud.ErrInvalid, "gpu_count", nil},
		"no name":           {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.Name = "" }, cloud.ErrInvalid, "name", nil},
		"another image":     {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.ImageName = "windows" }, cloud.ErrInvalid, "image_name", nil},
		"two images":        {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.ImageName, s.ImageID = "ubuntu-22.04", nobody }, cloud.ErrInvalid, "image_id", nil},
		"a user of 2":       {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.Username = "al" }, cloud.ErrInvalid, "username", nil},
		"a user with a dot": {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.Username = "a.lice" }, cloud.ErrInvalid, "username", nil},
		"SKU of two GPUs":   {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.SKUCode = "h100-sxm-80gb-2x" }, cloud.ErrInvalid, "sku_code", nil},
		"unknown series":    {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.SeriesID = "H100 Series" }, cloud.ErrUnknownID, "series_id", func(t *testing.T, w tenant) string { return string(w.series(t, "h100-sxm-80gb-1x")) }},
		"unknown key":       {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.SSHKeyID = "ops-laptop" }, cloud.ErrUnknownID, "ssh_key_id", func(t *testing.T, w tenant) string { return string(w.key(t, "ops-laptop")) }},
		"unknown place":     {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.DatacenterID = "KANSAS" }, cloud.ErrUnknownID, "datacenter_id", func(t *testing.T, w tenant) string { return string(w.location(t, "Kansas")) }},
		"unknown group":     {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.ResourceGroupID = nobody }, cloud.ErrUnknownID, "resource_group_id", nil},
		"unknown image":     {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.ImageID = nobody }, cloud.ErrUnknownID, "image_id", nil},
		"sold out":          {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.GPUCount = 8 }, cloud.ErrBlocked, "sold out", nil},
		"SKU is sold out":   {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.SKUCode, s.GPUCount = sandbox.SoldOutSKU, 8 }, cloud.ErrBlocked, "sold out", nil},
		"SKU of nothing":    {func(_ *testing.T, _ tenant, s *gpcn.GPUSpec) { s.SKUCode = "h100" }, cloud.ErrBlocked, "sold out", func(*testing.T, tenant) string { return "h100-sxm-80gb-1x" }},
		"not in Chicago":    {func(t *testing.T, w tenant, s *gpcn.GPUSpec) { s.DatacenterID = w.location(t, "Chicago") }, cloud.ErrBlocked, "sold out", nil},
		"provider is down":  {func(_ *testing.T, w tenant, _ *gpcn.GPUSpec) { w.house.sandbox.SetGPUProvider(true) }, cloud.ErrUnavailable, "cannot be reached", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTenant(t)
			s := w.smallGPU(t)
			c.change(t, w, s)
			kind := w.kind(t, "gpcn_gpu")
			plan, err := kind.PlanMachine(t.Context(), s)
			if w.writes() != 0 {
				t.Error("planning wrote something")
			}
			if c.kind != "" {
				e := refused(t, err, c.kind, c.says)
				if c.meant != nil {
					offersID(t, e, c.meant(t, w))
				}
				return
			}
			if err != nil || plan.Price.Known() {
				t.Fatal(plan, err)
			}
			made, err := kind.CreateMachine(t.Context(), s, "marker")
			if err != nil || len(made.Jobs) != 1 || len(made.IDs) != 1 {
				t.Fatal(made, err)
			}
			w.later(5 * time.Second)
			vm, err := w.GetVM(t.Context(), made.IDs[0])
			if err != nil || vm.Kind != "gpcn_gpu" || vm.Name != s.Name || vm.Power != cloud.PowerRunning || vm.GPUs[0].Count != s.GPUCount {
				t.Errorf("%+v %v", vm, err)
			}
		})
	}
}

func TestPlanOfAGPUVMNamesTheHardware(t *testing.T) {
	w := newTenant(t)
	plan, err := w.kind(t, "gpcn_gpu").PlanMachine(t.Context(), w.smallGPU(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []cloud.Fact{
		{Label: "sku_code (the cheapest now)", Value: plan.Facts[3].Value},
		{Label: "gpu_count", Value: "1"}, {Label: "image_name", Value: "ubuntu-24.04"},
	} {
		if !slices.Contains(plan.Facts, want) {
			t.Errorf("facts %+v lack %+v", plan.Facts, want)
		}
	}
	if !strings.HasPrefix(plan.Facts[3].Value, "h100-") || !strings.Contains(strings.Join(plan.Consequences, " "), "not started again") {
		t.Errorf("%+v", plan)
	}
}

func TestSoldOutBetweenPlanAndCreate(t *testing.T) {
	w := newTenant(t)
	s, kind := w.smallGPU(t), w.kind(t, "gpcn_gpu")
	s.SKUCode, s.SeriesID, s.GPUCount = "gpu_2x_a6000", w.series(t, "gpu_2x_a6000"), 2
	if _, err := kind.CreateMachine(t.Context(), s, ""); err != nil {
		t.Fatal(err)
	}
	_, err := kind.CreateMachine(t.Context(), s, "")
	refused(t, err, cloud.ErrBlocked, "no longer available")
	w.house.sandbox.SetGPUProvider(true)
	_, err = kind.CreateMachine(t.Context(), s, "")
	refused(t, err, cloud.ErrUnavailable, "")
}

// TestLostAnswers checks what is found of a create without a response: GPCN stores no
// marker.
func TestLostAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		block    string
		many     int
		fault    sandboxkit.FaultKind // empty for a create that was answered
		arrange  func(w tenant)
		ids      int
		possible int
	}{
		"made":                      {"gpcn_vm", 1, sandboxkit.LostAnswer, nil, 1, 0},
		"ten made":                  {"gpcn_vm", 10, sandboxkit.LostAnswer, nil, 10, 0},
		"GPU VM made":               {"gpcn_gpu", 1, sandboxkit.LostAnswer, nil, 1, 0},
		"never arrived":             {"gpcn_vm", 1, sandboxkit.Refuse, nil, 0, 0},
		"another of that name, new": {"gpcn_vm", 1, sandboxkit.LostAnswer, func(w tenant) { w.house.sandbox.PutVM("api") }, 0, 2},
		"one of ten is gone": {"gpcn_vm", 10, sandboxkit.LostAnswer, func(w tenant) {
			vms := w.house.sandbox.VMs()
			w.house.sandbox.RemoveVM(vms[len(vms)-1].ID)
		}, 0, 9},
		"another name": {"gpcn_vm", 1, sandboxkit.Refuse, func(w tenant) { w.house.sandbox.PutVM("api-1"); w.house.sandbox.PutVM("API") }, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTenant(t)
			w.house.sandbox.PutVM("api") // of before
			w.later(time.Hour)
			since := w.house.kit.Clock.Now()
			vm, gpu := w.smallVM(t), w.smallGPU(t)
			vm.NumberOfInstances = c.many
			var spec cloud.MachineSpec = vm
			if c.block == "gpcn_gpu" {
				spec = gpu
			}
			kind := w.kind(t, c.block)
			plan, err := kind.PlanMachine(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			w.house.kit.AddFault(vendor, sandboxkit.Fault{Kind: c.fault, Method: "POST"})
			if _, err := kind.CreateMachine(t.Context(), spec, "marker"); !cloud.IsAmbiguous(err) && c.fault == sandboxkit.LostAnswer {
				t.Fatalf("%v is not ambiguous", err)
			}
			if c.arrange != nil {
				c.arrange(w)
			}
			found, err := kind.FindMachine(t.Context(), cloud.MachineSearch{Marker: "marker", Names: plan.Names, Since: since})
			if err != nil || len(found.IDs) != c.ids || len(found.Possible) != c.possible {
				t.Fatalf("%+v %v", found, err)
			}
			for n, id := range found.IDs {
				if vm, err := w.GetVM(t.Context(), id); err != nil || vm.Name != plan.Names[n] {
					t.Errorf("%s is %q, want %q (%v)", id, vm.Name, plan.Names[n], err)
				}
			}
		})
	}
}

func TestFindMachineWithoutTimesIsNeverCertain(t *testing.T) {
	provider := routed(t, map[string]string{"GET /virtual-machines": `{"success":true,"data":[{"id":"` + someID + `","name":"api"}],"meta":null}`})
	kind := provider.MachineKinds()[0]
	found, err := kind.FindMachine(t.Context(), cloud.MachineSearch{Names: []string{"api"}, Since: time.Now()})
	if err != nil || len(found.IDs) != 0 || len(found.Possible) != 1 {
		t.Errorf("%+v %v", found, err)
	}
	known := cloud.MachineSearch{Names: []string{"api"}, Since: time.Now(), Others: []string{string(someID)}}
	if found, err := kind.FindMachine(t.Context(), known); err != nil || len(found.IDs)+len(found.Possible) > 0 {
		t.Errorf("what another create made is %+v %v", found, err)
	}
	w := newTenant(t)
	w.house.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Times: 9})
	_, err = w.kind(t, "gpcn_vm").FindMachine(t.Context(), cloud.MachineSearch{Names: []string{"api"}})
	refused(t, err, cloud.ErrUnavailable, "")
}
