package voltagepark_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/sandboxkit"
	"countersign/internal/voltagepark"
)

// oddly is the assumption of every price computed from the rate per gigabyte.
const oddly = "both cannot hold"

func volumes(h house) cloud.VolumeKind { return h.VolumeKinds()[0] }

func volume(t *testing.T, h house, id cloud.VolumeID) cloud.Volume {
	t.Helper()
	v, err := h.GetVolume(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestGetVolume(t *testing.T) {
	h := newHouse(t)
	rental := cloud.MachineRef(h.sandbox.PutRental("cluster-1", "Running"))
	id := h.sandbox.PutVolume("datasets\u202e", 100, rental)
	h.sandbox.FillVolume(id, 42)
	v := volume(t, h, id)
	if v.Name != "datasets" || !v.NameAltered || *v.SizeGB != 100 || *v.UsedBytes != 42 || v.Status != "active" || v.Address != "10.15.1.1" ||
		!slices.Equal(v.AttachedTo, []cloud.MachineRef{rental}) || v.Price.String() != "0.017408 USD per hour" {
		t.Errorf("%+v", v)
	}
	page, err := h.ListVolumes(t.Context(), cloud.PageRequest{Limit: 1})
	if err != nil || len(page.Items) != 1 || page.Items[0].UsedBytes != nil || page.Next != "" {
		t.Errorf("%+v, %v", page, err)
	}
	for name, id := range map[string]cloud.VolumeID{"a name": "datasets", "nothing": documentedID, "another case": cloud.VolumeID(strings.ToUpper(string(id)))} {
		_, err := h.GetVolume(t.Context(), id)
		t.Run(name, func(t *testing.T) { asCloudError(t, err, cloud.ErrUnknownID) })
	}
}

// TestStorageRate pins that the rate is reported with its assumption, and that there is no
// price where it is not a number.
func TestStorageRate(t *testing.T) {
	h := newHouse(t)
	page, err := h.ListVolumeOffers(t.Context(), cloud.VolumeOfferQuery{SizeGB: 1000}, cloud.PageRequest{})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	o := page.Items[0]
	if o.PerGB.String() != "0.00017408 USD" || o.Total.String() != "0.17408 USD per hour" || o.Block != "voltagepark_volume" || !strings.Contains(o.Note, oddly) {
		t.Errorf("%+v", o)
	}
	if page, err = h.ListVolumeOffers(t.Context(), cloud.VolumeOfferQuery{}, cloud.PageRequest{}); err != nil || page.Items[0].Total.Known() || page.Items[0].Total.Unknown == "" {
		t.Errorf("without a size: %+v, %v", page, err)
	}
	_, err = h.ListVolumeOffers(t.Context(), cloud.VolumeOfferQuery{LocationID: documentedID}, cloud.PageRequest{})
	asCloudError(t, err, cloud.ErrUnsupported)
	p := answering(t, http.StatusOK, `{"hourly_rate_per_gb":"text"}`)
	if page, err = p.ListVolumeOffers(t.Context(), cloud.VolumeOfferQuery{SizeGB: 5}, cloud.PageRequest{}); err != nil || page.Items[0].PerGB != nil || page.Items[0].Total.Unknown == "" {
		t.Errorf("no number: %+v, %v", page, err)
	}
}

func TestPlanOfAVolume(t *testing.T) {
	h := newHouse(t)
	rental := cloud.MachineRef(h.sandbox.PutRental("cluster-1", "Running"))
	taken := h.sandbox.PutVolume("taken", 1)
	plan, err := volumes(h).PlanVolume(t.Context(), &voltagepark.VolumeSpec{Name: "datasets", SizeInGB: 200, OrderIDs: []cloud.MachineRef{rental}})
	if err != nil {
		t.Fatal(err)
	}
	facts := []cloud.Fact{{Label: "size_in_gb", Value: "200"}, {Label: "attach to " + string(rental), Value: "cluster-1, Running, power running"}}
	if diff := cmp.Diff(facts, plan.Facts); diff != "" || plan.Price.String() != "0.034816 USD per hour" || !strings.Contains(strings.Join(plan.Price.Assumed, "\n"), oddly) || plan.Marks {
		t.Errorf("%+v\n%s", plan, diff)
	}
	other, err := volumes(h).PlanVolume(t.Context(), &voltagepark.VolumeSpec{Name: "other", SizeInGB: 200, OrderIDs: []cloud.MachineRef{rental}})
	if err != nil || other.Equal != plan.Equal {
		t.Errorf("another name makes another volume: %v", err)
	}
	for name, c := range map[string]struct {
		spec      voltagepark.VolumeSpec
		kind      cloud.ErrorKind
		candidate string
	}{
		"a name that is taken": {voltagepark.VolumeSpec{Name: "taken", SizeInGB: 1}, cloud.ErrInvalid, string(taken)},
		"an unknown rental":    {voltagepark.VolumeSpec{Name: "x", SizeInGB: 1, OrderIDs: []cloud.MachineRef{documentedID}}, cloud.ErrUnknownID, string(rental)},
		"a rental's name":      {voltagepark.VolumeSpec{Name: "x", SizeInGB: 1, OrderIDs: []cloud.MachineRef{"cluster-1"}}, cloud.ErrUnknownID, string(rental)},
		"a rental twice":       {voltagepark.VolumeSpec{Name: "x", SizeInGB: 1, OrderIDs: []cloud.MachineRef{rental, rental}}, cloud.ErrInvalid, ""},
		"no size":              {voltagepark.VolumeSpec{Name: "x"}, cloud.ErrInvalid, ""},
		"a hidden name":        {voltagepark.VolumeSpec{Name: "x\u200b", SizeInGB: 1}, cloud.ErrInvalid, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := volumes(h).PlanVolume(t.Context(), &c.spec)
			e := asCloudError(t, err, c.kind)
			if c.candidate != "" && (len(e.Candidates) != 1 || e.Candidates[0].ID != c.candidate) {
				t.Errorf("candidates %v", e.Candidates)
			}
		})
	}
	if h.writes() > 0 {
		t.Error("planning wrote")
	}
}

// TestAVolumeOnTheBill pins that a volume is charged at its own rate from its creation on,
// at the new rate once it has grown, and not after its deletion.
func TestAVolumeOnTheBill(t *testing.T) {
	h := newHouse(t)
	before, _ := h.HourlyRate(t.Context())
	made, err := volumes(h).CreateVolume(t.Context(), &voltagepark.VolumeSpec{Name: "datasets", SizeInGB: 1000}, marker)
	if err != nil {
		t.Fatal(err)
	}
	id := made.IDs[0]
	h.kit.Clock.Advance(time.Hour)
	if _, err := h.UpdateVolume(t.Context(), volume(t, h, id), cloud.VolumeUpdate{SizeGB: new(2000)}); err != nil {
		t.Fatal(err)
	}
	h.kit.Clock.Advance(time.Hour)
	after, err := h.HourlyRate(t.Context())
	if more, _ := after.PerHour.Minus(*before.PerHour); err != nil || more.String() != "0.34816 USD" {
		t.Errorf("it costs %s, %v", more, err)
	}
	if _, err := h.DeleteVolume(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	h.kit.Clock.Advance(time.Hour)
	now := h.kit.Clock.Now()
	charges, err := h.ChargesOfMonth(t.Context(), now.Year(), now.Month())
	if cost := cloud.ChargeOf(charges.Volumes, id); err != nil || cost == nil || cost.String() != "0.52224 USD" {
		t.Errorf("it cost %v, %v", cost, err)
	}
	if cloud.ChargeOf(charges.Volumes, "another") != nil {
		t.Error("what is not on the bill has cost something")
	}
	lines, err := h.ListTransactions(t.Context(), cloud.TransactionFilter{Types: []string{"storage"}}, cloud.PageRequest{})
	if err != nil || len(lines.Items) != 1 || lines.Items[0].ResourceKind != "volume" || lines.Items[0].ResourceID != string(id) {
		t.Errorf("%+v, %v", lines, err)
	}
}

// TestAttachAndDetach pins that the whole new set is sent, and nothing else.
func TestAttachAndDetach(t *testing.T) {
	h := newHouse(t)
	a, b := cloud.MachineRef(h.sandbox.PutRental("a", "Running")), cloud.MachineRef(h.sandbox.PutRental("b", "Stopped"))
	id := h.sandbox.PutVolume("datasets", 10, a)
	if _, err := h.UpdateVolume(t.Context(), volume(t, h, id), cloud.VolumeUpdate{Attach: []cloud.MachineRef{b}}); err != nil {
		t.Fatal(err)
	}
	if v := volume(t, h, id); !slices.Equal(v.AttachedTo, []cloud.MachineRef{a, b}) || v.Name != "datasets" || *v.SizeGB != 10 {
		t.Errorf("attached: %+v", v)
	}
	_, err := h.DeleteVolume(t.Context(), id)
	asCloudError(t, err, cloud.ErrInvalid)
	if _, err := h.UpdateVolume(t.Context(), volume(t, h, id), cloud.VolumeUpdate{Detach: []cloud.MachineRef{a, b}}); err != nil {
		t.Fatal(err)
	}
	if v := volume(t, h, id); len(v.AttachedTo) != 0 {
		t.Errorf("detached: %+v", v)
	}
	for id, power := range map[cloud.MachineRef]cloud.PowerState{a: cloud.PowerRunning, b: cloud.PowerStopped} {
		if m, err := h.VolumeMachine(t.Context(), id); err != nil || m.Power != power || m.Kind != "bare_metal" {
			t.Errorf("%+v, %v", m, err)
		}
	}
	_, err = h.VolumeMachine(t.Context(), "a")
	if e := asCloudError(t, err, cloud.ErrUnknownID); len(e.Candidates) == 0 {
		t.Error("no candidates")
	}
}

// TestAnotherSet pins that an update fails where the vendor adds to the set and does not
// replace it.
func TestAnotherSet(t *testing.T) {
	const a, b = "e724424f-a73c-499e-b307-0a63d9b71b5b", "19793722-5ca1-4791-a412-86a3b9c8050c"
	v := cloud.Volume{ID: documentedID, AttachedTo: []cloud.MachineRef{a}}
	swap := cloud.VolumeUpdate{Attach: []cloud.MachineRef{b}, Detach: []cloud.MachineRef{a}}
	for answer, fits := range map[string]bool{`["` + b + `"]`: true, `["` + a + `","` + b + `"]`: false, `[]`: false, `null`: false} {
		p := answering(t, http.StatusOK, `{"id":"`+documentedID+`","order_ids":`+answer+`}`)
		_, err := p.UpdateVolume(t.Context(), v, swap)
		switch {
		case fits && err != nil:
			t.Errorf("%s: %v", answer, err)
		case !fits:
			asCloudError(t, err, cloud.ErrVendor)
		}
		if _, err := p.UpdateVolume(t.Context(), v, cloud.VolumeUpdate{Name: new("x")}); err != nil {
			t.Errorf("%s, of a name: %v", answer, err)
		}
	}
}

// TestPriceOfGrowth checks what a volume costs once it has grown: by the rate where that
// matches its present price, and otherwise the higher of both readings.
func TestPriceOfGrowth(t *testing.T) {
	for name, c := range map[string]struct{ rate, now, want, says string }{
		"the rate holds":           {"0.00017408", "0.017408", "0.034816 USD per hour", ""},
		"as the page prints it":    {"0.017408", "0.017408", "3.4816 USD per hour", "0.034816 USD; the higher is shown"},
		"the volume costs more":    {"0.0001", "0.05", "0.1 USD per hour", "0.02 USD"},
		"the rate is no number":    {"text", "0.017408", "unknown", ""},
		"the volume tells nothing": {"0.0001", "text", "0.02 USD per hour", oddly},
	} {
		t.Run(name, func(t *testing.T) {
			p := answering(t, http.StatusOK, `{"hourly_rate_per_gb":"`+c.rate+`","id":"`+documentedID+`","size_in_gb":100,"rate_hourly":"`+c.now+`"}`)
			v, err := p.GetVolume(t.Context(), documentedID)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := p.PlanVolumeUpdate(t.Context(), v, cloud.VolumeUpdate{SizeGB: new(200)})
			assumed := strings.Join(plan.Price.Assumed, "\n")
			if err != nil || plan.Price.String() != c.want || !strings.Contains(assumed, c.says) || c.says == "" && strings.Contains(assumed, "rate:") {
				t.Errorf("%+v, %v", plan.Price, err)
			}
		})
	}
}

// TestVolumesThatAreRefused checks the errors of writes for each status on the page.
func TestVolumesThatAreRefused(t *testing.T) {
	h := newHouse(t)
	h.sandbox.PutVolume("taken", 1)
	id := h.sandbox.PutVolume("datasets", 10, cloud.MachineRef(h.sandbox.PutRental("a", "Running")))
	ctx := t.Context()
	for name, send := range map[string]func() error{
		"400 of a create": func() error {
			_, err := h.client.CreateVolume(ctx, voltagepark.NewVolume{Name: "taken", SizeInGB: 1})
			return err
		},
		"422 of a create": func() error {
			_, err := h.client.CreateVolume(ctx, voltagepark.NewVolume{Name: "x"})
			return err
		},
		"400 of an update": func() error {
			_, err := h.client.UpdateVolume(ctx, id, voltagepark.VolumeDetails{SizeInGB: new(1)})
			return err
		},
		"422 of an update": func() error {
			_, err := h.client.UpdateVolume(ctx, id, voltagepark.VolumeDetails{OrderIDs: &[]cloud.MachineRef{"a"}})
			return err
		},
		"400 of a deletion": func() error { return h.client.DeleteVolume(ctx, id) },
		"422 of a deletion": func() error { return h.client.DeleteVolume(ctx, "datasets") },
		"422 of a read": func() error {
			_, err := h.client.GetVolume(ctx, "datasets")
			return err
		},
		"422 of the list": func() error {
			_, err := h.client.ListVolumes(ctx, voltagepark.ListOptions{Limit: 101})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := asCloudError(t, send(), cloud.ErrInvalid)
			if want := name[:3]; http.StatusText(e.Status) == "" || want != map[int]string{400: "400", 422: "422"}[e.Status] || e.Ambiguous {
				t.Errorf("%+v", e)
			}
		})
	}
	if v := volume(t, h, id); *v.SizeGB != 10 || len(v.AttachedTo) != 1 {
		t.Errorf("%+v", v)
	}
}

// TestALostVolume pins that the volume of a create whose response was lost is found by its
// name, which no other volume has.
func TestALostVolume(t *testing.T) {
	h := newHouse(t)
	search := cloud.CreateSearch{Names: []string{"datasets"}, Since: h.kit.Clock.Now()}
	if found, err := volumes(h).FindVolume(t.Context(), search); err != nil || len(found.IDs)+len(found.Possible) > 0 {
		t.Errorf("before: %+v, %v", found, err)
	}
	h.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.LostAnswer, Method: http.MethodPost, Path: "*/storage/", Times: 1})
	_, err := volumes(h).CreateVolume(t.Context(), &voltagepark.VolumeSpec{Name: "datasets", SizeInGB: 5}, marker)
	if !cloud.IsAmbiguous(err) {
		t.Fatalf("%v", err)
	}
	found, err := volumes(h).FindVolume(t.Context(), search)
	if err != nil || !slices.Equal(found.IDs, []cloud.VolumeID{h.sandbox.Volumes()[0].ID}) {
		t.Errorf("after: %+v, %v", found, err)
	}
	h.sandbox.PutVolume("datasets", 5)
	if found, err = volumes(h).FindVolume(t.Context(), search); err != nil || len(found.IDs) > 0 || len(found.Possible) != 2 {
		t.Errorf("two of the name: %+v, %v", found, err)
	}
}
