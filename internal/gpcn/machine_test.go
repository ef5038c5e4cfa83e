package gpcn_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
)

const secret = "Hunter2-hunter2"

func (w tenant) kind(t *testing.T, block string) cloud.MachineKind {
	t.Helper()
	return pick(t, w.MachineKinds(), nil, func(k cloud.MachineKind) bool { return k.BlockName() == block })
}

// smallVM is a valid block with a key.
func (w tenant) smallVM(t *testing.T) *gpcn.VMSpec {
	t.Helper()
	kansas := w.location(t, "Kansas")
	return &gpcn.VMSpec{
		Name: "api", DatacenterID: kansas, SKUID: w.offer(t, "G-Small-1").ID, ImageID: w.image(t, kansas, "Ubuntu 24.04 LTS"),
		AuthMethod: gpcn.AuthSSHKey, SSHKeyID: w.key(t, "ops-laptop"),
	}
}

// smallGPU is a valid block of the cheapest H100.
func (w tenant) smallGPU(t *testing.T) *gpcn.GPUSpec {
	t.Helper()
	return &gpcn.GPUSpec{
		Name: "train-9", DatacenterID: w.location(t, "Kansas"), SeriesID: w.series(t, "h100-sxm-80gb-1x"), GPUCount: 1, SSHKeyID: w.key(t, "ops-laptop"),
	}
}

func (w tenant) series(t *testing.T, sku string) gpcn.SeriesID {
	t.Helper()
	id, _ := strings.CutPrefix(w.offer(t, sku).With[0], "series_id=")
	return gpcn.SeriesID(id)
}

func TestPlanOfASmallVM(t *testing.T) {
	w := newTenant(t)
	s := w.smallVM(t)
	plan, err := w.kind(t, "gpcn_vm").PlanMachine(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	page, err := w.ListSSHKeys(t.Context(), cloud.PageRequest{})
	key := pick(t, page.Items, err, func(k cloud.SSHKey) bool { return k.ID == s.SSHKeyID })
	want := cloud.MachinePlan{
		Names: []string{"api"},
		Facts: []cloud.Fact{
			{Label: "datacenter_id", Value: string(s.DatacenterID) + " (Kansas)"},
			{Label: "sku_id", Value: string(s.SKUID) + " (G-Small-1)"},
			{Label: "size", Value: "2 vCPU, 4 GB RAM, 40 GB disk"},
			{Label: "image_id", Value: string(s.ImageID) + " (Ubuntu 24.04 LTS)"},
			{Label: "auth_method", Value: "ssh-key"},
			{Label: "ssh_key_id", Value: string(s.SSHKeyID) + " (ops-laptop " + key.Fingerprint + ")"},
		},
		Price: cloud.UnknownPrice("GPCN publishes no prices in its API"),
		Opens: []string{"SSH for the key that is named in the facts; login by password is off."},
		Consequences: []string{
			"GPCN publishes no prices: what this costs is not known here; the user has to look it up before saying yes.",
			"Take it that it is charged from its creation on; neither that stopping saves anything nor when deleting ends the charge is documented.",
			"It joins the default network of the data center, which is made if there is none.",
			"The user to log in as is the image's own, such as ubuntu; get_vm tells it afterwards as far as it is on record.",
		},
		Equal: plan.Equal, Location: s.DatacenterID, Offer: s.SKUID, Adds: cloud.Load{Machines: 1},
	}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Error("-want +got\n", diff)
	}
	if w.writes() != 0 {
		t.Error("planning wrote something")
	}
}

// vmCase changes a valid block; refusals are found before any write.
type vmCase struct {
	change func(t *testing.T, w tenant, s *gpcn.VMSpec)
	kind   cloud.ErrorKind // empty where it is fine
	says   string
	meant  func(t *testing.T, w tenant) string // an ID among the candidates
}

func vmCases() map[string]vmCase {
	fine := func(change func(*testing.T, tenant, *gpcn.VMSpec)) vmCase { return vmCase{change: change} }
	wrong := func(says string, change func(*testing.T, tenant, *gpcn.VMSpec)) vmCase {
		return vmCase{change: change, kind: cloud.ErrInvalid, says: says}
	}
	unknown := func(says string, change func(*testing.T, tenant, *gpcn.VMSpec), meant func(*testing.T, tenant) string) vmCase {
		return vmCase{change, cloud.ErrUnknownID, says, meant}
	}
	image := func(t *testing.T, w tenant, s *gpcn.VMSpec, name string) {
		s.ImageID = w.image(t, s.DatacenterID, name)
	}
	password := func(value string) func(*testing.T, tenant, *gpcn.VMSpec) {
		return func(_ *testing.T, _ tenant, s *gpcn.VMSpec) {
			s.AuthMethod, s.SSHKeyID, s.Password = gpcn.AuthPassword, "", cloud.NewSecret(value)
		}
	}
	on := func(public bool, names ...string) func(*testing.T, tenant, *gpcn.VMSpec) { // the first is primary
		return func(t *testing.T, w tenant, s *gpcn.VMSpec) {
			s.AllocatePublicIP = public
			for n, name := range names {
				s.NetworkInterfaces = append(s.NetworkInterfaces, gpcn.VMSpecInterface{NetworkID: w.network(t, name), Primary: n == 0})
			}
		}
	}
	set := func(change func(s *gpcn.VMSpec)) func(*testing.T, tenant, *gpcn.VMSpec) {
		return func(_ *testing.T, _ tenant, s *gpcn.VMSpec) { change(s) }
	}
	return map[string]vmCase{
		"as it is":                fine(set(func(*gpcn.VMSpec) {})),
		"ten of them":             fine(set(func(s *gpcn.VMSpec) { s.NumberOfInstances = 10 })),
		"eleven":                  wrong("number_of_instances", set(func(s *gpcn.VMSpec) { s.NumberOfInstances = 11 })),
		"fewer than none":         wrong("number_of_instances", set(func(s *gpcn.VMSpec) { s.NumberOfInstances = -1 })),
		"longest name":            fine(set(func(s *gpcn.VMSpec) { s.Name = strings.Repeat("a", 60) })),
		"longest name, ten times": wrong("with the number", set(func(s *gpcn.VMSpec) { s.Name, s.NumberOfInstances = strings.Repeat("a", 58), 10 })),
		"too long a name":         wrong("name", set(func(s *gpcn.VMSpec) { s.Name = strings.Repeat("a", 61) })),
		"no name":                 wrong("name", set(func(s *gpcn.VMSpec) { s.Name = "" })),
		"name with a slash":       wrong("name", set(func(s *gpcn.VMSpec) { s.Name = "a/b" })),
		"name ends in a hyphen":   wrong("name", set(func(s *gpcn.VMSpec) { s.Name = "a-" })),

		"standard network":          fine(on(true, "web-net")),
		"two networks":              fine(on(true, "web-net", "backend-l2")),
		"public on the default":     fine(on(true)),
		"custom network":            fine(on(false, "backend-l2")),
		"public on a custom one":    wrong("allocate_public_ip", on(true, "backend-l2", "web-net")),
		"network of another place":  wrong("network_interfaces[1].network_id", on(false, "web-net", "chi-net")),
		"six networks":              wrong("1 to 5", on(false, "web-net", "web-net", "web-net", "web-net", "web-net", "web-net")),
		"an empty list of networks": wrong("1 to 5", set(func(s *gpcn.VMSpec) { s.NetworkInterfaces = []gpcn.VMSpecInterface{} })),
		"no primary": wrong("exactly one", func(t *testing.T, w tenant, s *gpcn.VMSpec) {
			on(false, "web-net")(t, w, s)
			s.NetworkInterfaces[0].Primary = false
		}),
		"two primaries": wrong("exactly one", func(t *testing.T, w tenant, s *gpcn.VMSpec) {
			on(false, "web-net", "backend-l2")(t, w, s)
			s.NetworkInterfaces[1].Primary = true
		}),

		"password":                     fine(password(secret)),
		"password of 20":               fine(password("Aa1!" + strings.Repeat("x", 16))),
		"password of 11":               wrong("12 to 20", password("Aa1!xxxxxxx")),
		"password of 21":               wrong("12 to 20", password("Aa1!"+strings.Repeat("x", 17))),
		"password without upper case":  wrong("lacks an upper-case letter", password("aa1!xxxxxxxx")),
		"password without lower case":  wrong("lacks a lower-case letter", password("AA1!XXXXXXXX")),
		"password without digit":       wrong("lacks a digit", password("Aaa!xxxxxxxx")),
		"password without special":     wrong("lacks one of", password("Aa11xxxxxxxx")),
		"password with a space":        wrong("only", password("Aa1! xxxxxxxx")),
		"password missing":             wrong("password: is required", set(func(s *gpcn.VMSpec) { s.AuthMethod, s.SSHKeyID = gpcn.AuthPassword, "" })),
		"password beside a key":        wrong("password: is taken with", set(func(s *gpcn.VMSpec) { s.Password = cloud.NewSecret(secret) })),
		"key beside a password":        wrong("ssh_key_id: is taken with", set(func(s *gpcn.VMSpec) { s.AuthMethod, s.Password = gpcn.AuthPassword, cloud.NewSecret(secret) })),
		"key missing":                  wrong("ssh_key_id: is required", set(func(s *gpcn.VMSpec) { s.SSHKeyID = "" })),
		"key without a method":         wrong("ssh_key_id: is taken with", set(func(s *gpcn.VMSpec) { s.AuthMethod = "" })),
		"custom":                       fine(set(func(s *gpcn.VMSpec) { s.AuthMethod, s.SSHKeyID = gpcn.AuthCustom, "" })),
		"another method":               wrong("auth_method", set(func(s *gpcn.VMSpec) { s.AuthMethod = "none" })),
		"method missing for the image": wrong("auth_method: is required", set(func(s *gpcn.VMSpec) { s.AuthMethod, s.SSHKeyID = "", "" })),
		"method for an appliance": wrong("must be left out", func(t *testing.T, w tenant, s *gpcn.VMSpec) {
			image(t, w, s, "VyOS 1.5 Appliance")
		}),
		"appliance": fine(func(t *testing.T, w tenant, s *gpcn.VMSpec) {
			image(t, w, s, "VyOS 1.5 Appliance")
			s.AuthMethod, s.SSHKeyID = "", ""
		}),
		"key for Windows": wrong("takes no SSH key", func(t *testing.T, w tenant, s *gpcn.VMSpec) {
			image(t, w, s, "Windows 2022 Standard")
		}),
		"user":          fine(set(func(s *gpcn.VMSpec) { s.Username = "alice" })),
		"user of 2":     wrong("username", set(func(s *gpcn.VMSpec) { s.Username = "al" })),
		"user of 21":    wrong("username", set(func(s *gpcn.VMSpec) { s.Username = strings.Repeat("a", 21) })),
		"reserved user": wrong("reserved", set(func(s *gpcn.VMSpec) { s.Username = "Daemon" })),
		"root":          wrong("reserved", set(func(s *gpcn.VMSpec) { s.Username = "root" })),
		"user for Windows": wrong("username: must be left out", func(t *testing.T, w tenant, s *gpcn.VMSpec) {
			image(t, w, s, "Windows 2022 Standard")
			password(secret)(t, w, s)
			s.Username = "alice"
		}),
		"group":         fine(func(t *testing.T, w tenant, s *gpcn.VMSpec) { s.ResourceGroupID = w.group(t, "staging") }),
		"unknown place": unknown("datacenter_id", set(func(s *gpcn.VMSpec) { s.DatacenterID = "Kansas" }), func(t *testing.T, w tenant) string { return string(w.location(t, "Kansas")) }),
		"unknown size":  unknown("sku_id", set(func(s *gpcn.VMSpec) { s.SKUID = "G-Small-1" }), func(t *testing.T, w tenant) string { return string(w.offer(t, "G-Small-1").ID) }),
		"unknown key":   unknown("ssh_key_id", set(func(s *gpcn.VMSpec) { s.SSHKeyID = "ops-laptop" }), func(t *testing.T, w tenant) string { return string(w.key(t, "ops-laptop")) }),
		"unknown group": unknown("resource_group_id", set(func(s *gpcn.VMSpec) { s.ResourceGroupID = "staging" }), func(t *testing.T, w tenant) string { return string(w.group(t, "staging")) }),
		"unknown image": unknown("image_id", set(func(s *gpcn.VMSpec) { s.ImageID = "ubuntu" }), func(t *testing.T, w tenant) string {
			return string(w.image(t, w.location(t, "Kansas"), "Ubuntu 24.04 LTS"))
		}),
		"image elsewhere": unknown("image_id", func(t *testing.T, w tenant, s *gpcn.VMSpec) {
			s.ImageID = w.image(t, w.location(t, "Chicago"), "Ubuntu 24.04 LTS")
		}, nil),
		"size elsewhere": unknown("sku_id", func(t *testing.T, w tenant, s *gpcn.VMSpec) {
			s.SKUID, s.DatacenterID = w.offer(t, "M-Medium-1").ID, w.location(t, "Chicago")
		}, nil),
		"unknown network": unknown("network_interfaces[0].network_id", set(func(s *gpcn.VMSpec) {
			s.NetworkInterfaces = []gpcn.VMSpecInterface{{NetworkID: "web-net", Primary: true}}
		}), func(t *testing.T, w tenant) string { return string(w.network(t, "web-net")) }),
		"several at a time": wrong("number_of_instances: must be 1 to 10; ssh_key_id: is required", set(func(s *gpcn.VMSpec) { s.NumberOfInstances, s.SSHKeyID = 11, "" })),
	}
}

// TestEveryRuleOfVMs plans each block; what passes is sent and has to pass the
// sandbox, whose rules were read from the same page on their own.
func TestEveryRuleOfVMs(t *testing.T) {
	for name, c := range vmCases() {
		t.Run(name, func(t *testing.T) {
			w := newTenant(t)
			s := w.smallVM(t)
			c.change(t, w, s)
			kind := w.kind(t, "gpcn_vm")
			plan, err := kind.PlanMachine(t.Context(), s)
			if w.writes() != 0 {
				t.Error("planning wrote something")
			}
			if text := fmt.Sprintf("%+v %v", plan, err); !s.Password.IsZero() && strings.Contains(text, s.Password.Reveal()) {
				t.Error("the password stands in", text)
			}
			if c.kind != "" {
				e := refused(t, err, c.kind, c.says)
				if c.meant != nil {
					offersID(t, e, c.meant(t, w))
				}
				return
			}
			if err != nil || len(plan.Opens) == 0 {
				t.Fatal(plan.Opens, err)
			}
			made, err := kind.CreateMachine(t.Context(), s, "marker")
			if err != nil || len(made.Jobs) != len(plan.Names) {
				t.Fatal(made, err)
			}
			w.later(5 * time.Second)
			for n, id := range made.IDs {
				if vm, err := w.GetVM(t.Context(), id); err != nil || vm.Name != plan.Names[n] || vm.Power != cloud.PowerRunning || (vm.PublicIP != "") != s.AllocatePublicIP {
					t.Errorf("%+v %v", vm, err)
				}
			}
		})
	}
}

func TestTenVMs(t *testing.T) {
	w := newTenant(t)
	s := w.smallVM(t)
	s.NumberOfInstances = 10
	plan, err := w.kind(t, "gpcn_vm").PlanMachine(t.Context(), s)
	if err != nil || len(plan.Names) != 10 || plan.Names[0] != "api-1" || plan.Names[9] != "api-10" ||
		!slices.Contains(plan.Consequences, "10 machines are made, and each is charged.") {
		t.Fatal(plan, err)
	}
	w.house.sandbox.NextJob(sandbox.Fail, 60)
	made, err := w.kind(t, "gpcn_vm").CreateMachine(t.Context(), s, "")
	if err != nil || len(made.Jobs) != 10 || len(made.IDs) != 10 || w.count("POST", "/virtual-machines") != 1 {
		t.Fatal(made, err)
	}
	w.later(3 * time.Second)
	jobs, err := w.ReadJobs(t.Context(), made.Jobs)
	if err != nil || jobs[0].State != cloud.JobFailed || *jobs[0].Percent != 60 {
		t.Fatal(jobs, err)
	}
	for n, job := range jobs[1:] {
		if job.State != cloud.JobDone || job.MadeID != string(made.IDs[n+1]) {
			t.Errorf("job %d: %+v", n+1, job)
		}
	}
}

func TestBodyHoldsOnlyWhatWasGiven(t *testing.T) {
	w := newTenant(t)
	s := w.smallVM(t)
	if _, err := w.kind(t, "gpcn_vm").CreateMachine(t.Context(), s, "marker"); err != nil {
		t.Fatal(err)
	}
	requests := w.house.kit.Requests(vendor)
	want := fmt.Sprintf(`{"datacenterId":"%s","imageId":"%s","skuId":"%s","name":"api","authMethod":"ssh-key","sshKeyId":"%s"}`,
		s.DatacenterID, s.ImageID, s.SKUID, s.SSHKeyID)
	if got := strings.TrimSpace(string(requests[len(requests)-1].Body)); got != want {
		t.Errorf("body %s\nwant %s", got, want)
	}
}

func TestEqualIsTheBlockWithoutItsName(t *testing.T) {
	w := newTenant(t)
	equal := func(block string, s cloud.MachineSpec) string {
		plan, err := w.kind(t, block).PlanMachine(t.Context(), s)
		if err != nil || plan.Equal == "" {
			t.Fatal(err)
		}
		return plan.Equal
	}
	first, named, one, other, gpu := w.smallVM(t), w.smallVM(t), w.smallVM(t), w.smallVM(t), w.smallGPU(t)
	named.Name, one.NumberOfInstances, other.Username = "other", 1, "alice"
	want := equal("gpcn_vm", first)
	if equal("gpcn_vm", named) != want || equal("gpcn_vm", one) != want {
		t.Error("the same machine under another name is not equal")
	}
	if equal("gpcn_vm", other) == want || equal("gpcn_gpu", gpu) == want {
		t.Error("another machine is equal")
	}
}

func TestCreatesThatTheKeyMayNot(t *testing.T) {
	w := newTenant(t)
	vm, gpu := w.smallVM(t), w.smallGPU(t)
	reader, without := w.as(t, sandbox.ReadOnlyKey), w.as(t, sandbox.NoGPUKey)
	_, err := reader.kind(t, "gpcn_vm").CreateMachine(t.Context(), vm, "")
	refused(t, err, cloud.ErrForbidden, "")
	_, err = without.kind(t, "gpcn_gpu").PlanMachine(t.Context(), gpu)
	if e := refused(t, err, cloud.ErrForbidden, ""); !strings.Contains(e.Hint, "GPU feature") {
		t.Errorf("hint %q", e.Hint)
	}
	if _, err := without.kind(t, "gpcn_vm").PlanMachine(t.Context(), vm); err != nil {
		t.Error(err)
	}
}

func TestBlocksOfAnotherKind(t *testing.T) {
	w := newTenant(t)
	for block, spec := range map[string]cloud.MachineSpec{"gpcn_vm": &gpcn.GPUSpec{}, "gpcn_gpu": &gpcn.VMSpec{}} {
		_, err := w.kind(t, block).PlanMachine(t.Context(), spec)
		refused(t, err, cloud.ErrInvalid, "the block is not "+block)
		_, err = w.kind(t, block).CreateMachine(t.Context(), spec, "")
		refused(t, err, cloud.ErrInvalid, "the block is not "+block)
		_, err = w.kind(t, block).PlanMachine(t.Context(), nil)
		refused(t, err, cloud.ErrInvalid, "the block is not "+block)
	}
}
