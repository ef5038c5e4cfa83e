package hostup_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
)

func aVPS() *hostup.VPSSpec {
	return &hostup.VPSSpec{Name: "web-01", CPUCores: 2, MemoryGB: 4, StorageGB: 80, Region: "stockholm"}
}

func (w world) kind() cloud.MachineKind { return w.provider.MachineKinds()[0] }

func TestPlanMachine(t *testing.T) {
	w := newWorld(t)
	plan, err := w.kind().PlanMachine(t.Context(), aVPS())
	if err != nil {
		t.Fatal(err)
	}
	isPrice(t, "price", plan.Price, "0.66 SEK", "")
	if diff := cmp.Diff([]string{"web-01"}, plan.Names); diff != "" || len(plan.Opens) > 0 || len(plan.Facts) != 4 {
		t.Errorf("plan %+v", plan)
	}
	said := strings.Join(plan.Consequences, " ")
	for _, part := range []string{"at once", "cancel_type", "neither an image nor an SSH key", "0.1 SEK per GB"} {
		if !strings.Contains(said, part) {
			t.Errorf("the plan does not say %q: %s", part, said)
		}
	}
	if strings.Contains(said, "12 cores") || !strings.Contains(plan.Notes[0], "12 cores") {
		t.Errorf("what is left stands in %q and %q", said, plan.Notes)
	}
	renamed, bigger := aVPS(), aVPS()
	renamed.Name, bigger.CPUCores = "web-02", 3
	for spec, same := range map[*hostup.VPSSpec]bool{renamed: true, bigger: false} {
		other, err := w.kind().PlanMachine(t.Context(), spec)
		if err != nil || (other.Equal == plan.Equal) != same {
			t.Errorf("%+v: equal %v, want %v, error %v", spec, other.Equal == plan.Equal, same, err)
		}
	}
	if sent := w.wrote(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestMachinesThatAreRefused(t *testing.T) {
	change := func(f func(*hostup.VPSSpec)) *hostup.VPSSpec { s := aVPS(); f(s); return s }
	for _, tt := range []struct {
		name   string
		spec   *hostup.VPSSpec
		noCard bool
		kind   cloud.ErrorKind
		issue  string
		asks   bool
	}{
		{"short name", change(func(s *hostup.VPSSpec) { s.Name = "ab" }), false, cloud.ErrInvalid, "name", false},
		{"name of other characters", change(func(s *hostup.VPSSpec) { s.Name = "web_01" }), false, cloud.ErrInvalid, "name", false},
		{"long name", change(func(s *hostup.VPSSpec) { s.Name = strings.Repeat("a", 64) }), false, cloud.ErrInvalid, "name", false},
		{"no cores", change(func(s *hostup.VPSSpec) { s.CPUCores = 0 }), false, cloud.ErrInvalid, "cpu_cores", false},
		{"much memory", change(func(s *hostup.VPSSpec) { s.MemoryGB = 257 }), false, cloud.ErrInvalid, "memory_gb", false},
		{"little storage", change(func(s *hostup.VPSSpec) { s.StorageGB = 49 }), false, cloud.ErrInvalid, "storage_gb", false},
		{"no region", change(func(s *hostup.VPSSpec) { s.Region = "" }), false, cloud.ErrInvalid, "region", false},
		{"unknown region", change(func(s *hostup.VPSSpec) { s.Region = "Stockholm" }), false, cloud.ErrUnknownID, "", true},
		{"over the limits", change(func(s *hostup.VPSSpec) { s.CPUCores = 13 }), false, cloud.ErrBlocked, "cpu_cores", true},
		{"no card", aVPS(), true, cloud.ErrBlocked, "actions.canDeploy", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.vendor.SetNoCard(tt.noCard)
			_, err := w.kind().PlanMachine(t.Context(), tt.spec)
			e := cloudError(t, err)
			if e.Kind != tt.kind || e.Hint == "" || (tt.issue != "") != (len(e.Issues) > 0) || tt.issue != "" && e.Issues[0].Field != tt.issue {
				t.Errorf("got %+v", e)
			}
			if asked := len(w.kit.Requests("hostup")) > 0; asked != tt.asks {
				t.Errorf("asked the vendor: %v, want %v", asked, tt.asks)
			}
			if tt.noCard && (len(e.Issues) != 2 || e.Issues[1].Code != "no_card_on_file" || !strings.Contains(e.Hint, "No payment card")) {
				t.Errorf("reasons %+v, hint %q", e.Issues, e.Hint)
			}
			if tt.kind == cloud.ErrUnknownID && e.Candidates[0].ID != "stockholm" {
				t.Errorf("candidates %+v", e.Candidates)
			}
		})
	}
}

func TestLimitsOfTheVendorNarrowOurs(t *testing.T) {
	const body = `{"actions":{"canDeploy":{"allowed":true}},"defaults":{"regionId":"stockholm"},"limits":{"cpuCores":{"min":4}}}`
	_, err := answering(t, 200, nil, body).MachineKinds()[0].PlanMachine(t.Context(), aVPS())
	if e := cloudError(t, err); e.Kind != cloud.ErrInvalid || e.Issues[0].Message != "must be 4 to 32" {
		t.Errorf("got %+v", e)
	}
	// Unknown limits and gates block nothing, and the plan says that they are unknown.
	plan, err := answering(t, 200, nil, `{"defaults":{"regionId":"stockholm"}}`).MachineKinds()[0].PlanMachine(t.Context(), aVPS())
	if err != nil || plan.Price.Known() || !strings.Contains(strings.Join(plan.Consequences, " "), "shows no gate") || !strings.Contains(plan.Notes[0], "not told") {
		t.Errorf("plan %+v, error %v", plan, err)
	}
}

func TestCreateMachine(t *testing.T) {
	w := newWorld(t)
	made, err := w.kind().CreateMachine(t.Context(), aVPS(), "countersign-1")
	if err != nil || len(made.IDs) != 1 || len(made.Jobs) > 0 {
		t.Fatalf("made %+v, error %v", made, err)
	}
	want := []string{`POST /api/v2/vps/payg/deployments {"name":"web-01","cpuCores":2,"memoryGb":4,"storageGb":80,"region":"stockholm"}`}
	if diff := cmp.Diff(want, w.wrote()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	vm := w.vm(t, made.IDs[0])
	if vm.Power != cloud.PowerOther || vm.Status != "provisioning (pending)" || vm.PublicIP != "" {
		t.Errorf("at first %+v", vm)
	}
	w.kit.Clock.Advance(time.Minute)
	vm = w.vm(t, made.IDs[0])
	isPrice(t, "price", vm.Price, "0.66 SEK", "")
	for _, body := range []string{`{}`, `null`, `{"vpsId":"web-01"}`} {
		_, err := answering(t, 200, nil, body).MachineKinds()[0].CreateMachine(t.Context(), aVPS(), "")
		if e := cloudError(t, err); e.Kind != cloud.ErrUnavailable || !e.Ambiguous || e.Hint == "" {
			t.Errorf("%s: %+v", body, e)
		}
	}
}

func TestLostDeploymentIsFoundByItsName(t *testing.T) {
	deploy := func(t *testing.T, w world) {
		t.Helper()
		w.vendor.LoseNextDeploy()
		if _, err := w.kind().CreateMachine(t.Context(), aVPS(), ""); !cloud.IsAmbiguous(err) {
			t.Fatalf("error %v is in no doubt", err)
		}
	}
	for _, tt := range []struct {
		name               string
		arrange            func(*testing.T, world)
		certain, uncertain int
	}{
		{"nothing", func(*testing.T, world) {}, 0, 0},
		{"the one", deploy, 1, 0},
		{"two new ones", func(t *testing.T, w world) { deploy(t, w); deploy(t, w) }, 0, 2},
		{"another case", func(_ *testing.T, w world) { w.vendor.PutPAYGVPS("WEB-01") }, 0, 0},
		{"a plan's", func(_ *testing.T, w world) { w.vendor.PutPlanVPS("web-01") }, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			search := cloud.MachineSearch{Names: []string{"web-01"}, Since: w.kit.Clock.Now()}
			tt.arrange(t, w)
			found, err := w.kind().FindMachine(t.Context(), search)
			if err != nil || len(found.IDs) != tt.certain || len(found.Possible) != tt.uncertain {
				t.Errorf("found %+v, error %v", found, err)
			}
		})
	}
	w := newWorld(t)
	w.vendor.PutPAYGVPS("web-01")
	w.kit.Clock.Advance(time.Hour)
	search := cloud.MachineSearch{Names: []string{"web-01"}, Since: w.kit.Clock.Now()}
	if found, err := w.kind().FindMachine(t.Context(), search); err != nil || len(found.IDs)+len(found.Possible) > 0 {
		t.Errorf("an old one is %+v, error %v", found, err)
	}
	wrongClock := cloud.MachineSearch{Names: search.Names, Since: search.Since.Add(-50 * time.Minute)}
	if found, err := w.kind().FindMachine(t.Context(), wrongClock); err != nil || len(found.IDs) > 0 || len(found.Possible) != 1 {
		t.Errorf("one that a wrong clock makes older is %+v, error %v", found, err)
	}
	deploy(t, w)
	found, err := w.kind().FindMachine(t.Context(), search)
	if err != nil || len(found.IDs) != 1 || len(found.Possible) > 0 {
		t.Errorf("beside an old one: %+v, error %v", found, err)
	}
	search.Others = []string{string(found.IDs[0])}
	if found, err := w.kind().FindMachine(t.Context(), search); err != nil || len(found.IDs)+len(found.Possible) > 0 {
		t.Errorf("what another create made is %+v, error %v", found, err)
	}
}

func TestMachineWithoutATimeOnlyMayBeIt(t *testing.T) {
	const body = `{"id":"vps_1","data":[{"id":"vps_1","name":"web-01","billing":{"isPayg":true}}],"createdAt":null}`
	found, err := answering(t, 200, nil, body).MachineKinds()[0].FindMachine(t.Context(), cloud.MachineSearch{Names: []string{"web-01"}})
	want := cloud.FoundMachine{Possible: []cloud.Candidate{{ID: "vps_1", Name: "web-01"}}}
	if diff := cmp.Diff(want, found); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}
