package gpcn_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
	"countersign/internal/sandboxkit"
)

// storage are the volumes of the tenant that the tests begin with.
type storage struct {
	tenant
	attached, free cloud.VolumeID
	web, db, gpu   cloud.MachineRef
	// kansas has 128, 256 and 512 GB of SSD, chicago the same.
	kansas, chicago cloud.LocationID
	sizes           []cloud.VolumeOffer
}

func newStorage(t *testing.T) storage {
	t.Helper()
	w := newTenant(t)
	all, vms := w.house.sandbox.Volumes(), w.house.sandbox.VMs()
	s := storage{
		tenant: w, attached: all[0].ID, free: all[1].ID, web: cloud.MachineRef(vms[0].ID), db: cloud.MachineRef(vms[1].ID),
		gpu: cloud.MachineRef(w.house.sandbox.GPUs()[0].ID), kansas: vms[0].Datacenter.ID,
	}
	page, err := w.ListVolumeOffers(t.Context(), cloud.VolumeOfferQuery{}, cloud.PageRequest{})
	if err != nil || len(page.Items) != 8 || len(page.Partial) > 0 {
		t.Fatalf("%+v, %v", page, err)
	}
	for _, o := range page.Items {
		if o.LocationID == s.kansas {
			s.sizes = append(s.sizes, o)
		} else {
			s.chicago = o.LocationID
		}
	}
	return s
}

func (s storage) volume(t *testing.T, id cloud.VolumeID) cloud.Volume {
	t.Helper()
	v, err := s.GetVolume(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// settle lets all jobs end.
func (s storage) settle() { s.house.kit.Clock.Advance(time.Minute) }

func TestVolumesAreRead(t *testing.T) {
	s := newStorage(t)
	v := s.volume(t, s.attached)
	if v.Name != sandbox.AttachedVolume || *v.SizeGB != 128 || v.UsedBytes != nil || v.LocationID != s.kansas || v.Type != "vol-add-ssd" ||
		!slices.Equal(v.AttachedTo, []cloud.MachineRef{s.web}) || v.CreatedAt == nil || v.Price.Unknown != "GPCN publishes no prices in its API" {
		t.Errorf("%+v", v)
	}
	page, err := s.ListVolumes(t.Context(), cloud.PageRequest{Limit: 1})
	if err != nil || len(page.Items) != 1 || page.Next == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	if page, err = s.ListVolumes(t.Context(), cloud.PageRequest{Limit: 5, Cursor: page.Next}); err != nil || len(page.Items) != 1 || len(page.Items[0].AttachedTo) > 0 {
		t.Errorf("%+v, %v", page, err)
	}
	for _, id := range []cloud.VolumeID{documentedID, sandbox.AttachedVolume} {
		_, err := s.GetVolume(t.Context(), id)
		if !cloud.IsKind(err, cloud.ErrUnknownID) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := s.ListVolumeOffers(t.Context(), cloud.VolumeOfferQuery{LocationID: "Kansas"}, cloud.PageRequest{}); !cloud.IsKind(err, cloud.ErrUnknownID) {
		t.Errorf("a name of a data center: %v", err)
	}
}

// TestVolumesWithABook pins that the book's price stands at the offer, at the
// volumes of its type and size, and at one that grows to it; all else is unknown
// for a reason.
func TestVolumesWithABook(t *testing.T) {
	s := newStorage(t)
	book := cloud.PriceBook{s.sizes[0].ID: {PerHour: usd(t, "0.02")}, s.sizes[2].ID: {PerHour: usd(t, "0.08")}}
	s.tenant = tenant{gpcn.New("gpcn", s.house.Client, gpcn.WithPriceBook(book)), s.house}
	page, err := s.ListVolumeOffers(t.Context(), cloud.VolumeOfferQuery{LocationID: s.kansas, SizeGB: 512}, cloud.PageRequest{})
	if err != nil || len(page.Items) != 3 || page.Items[0].Total.String() != "0.08 USD per hour" || page.Items[1].Total.Unknown != noneIn+string(page.Items[1].ID) {
		t.Errorf("%+v, %v", page.Items, err)
	}
	before := len(s.house.kit.Requests(vendor))
	rows, err := s.ListVolumes(t.Context(), cloud.PageRequest{})
	if err != nil || rows.Items[0].Price.String() != "0.02 USD per hour" || rows.Items[1].Price.Unknown != noneIn+string(s.sizes[1].ID) {
		t.Errorf("%+v, %v", rows, err)
	}
	if n := len(s.house.kit.Requests(vendor)) - before; n != 2 {
		t.Errorf("%d requests for a list, want one and one for the sizes", n)
	}
	grown, err := s.PlanVolumeUpdate(t.Context(), s.volume(t, s.attached), cloud.VolumeUpdate{SizeGB: new(512)})
	if err != nil || grown.Price.String() != "0.08 USD per hour" {
		t.Errorf("%+v, %v", grown, err)
	}
	// The catalogue cannot be read: the volume is returned without its price.
	s.house.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: "*/volume-sizes"})
	if v := s.volume(t, s.attached); v.Name != sandbox.AttachedVolume || v.Price.Known() || !strings.Contains(v.Price.Unknown, "could not be read") {
		t.Errorf("%+v", v)
	}
}

func TestPlanOfAGPCNVolume(t *testing.T) {
	s := newStorage(t)
	kind := s.VolumeKinds()[0]
	spec := func(change func(*gpcn.VolumeSpec)) *gpcn.VolumeSpec {
		out := gpcn.VolumeSpec{Name: "data-1", DatacenterID: s.kansas, SKUID: s.sizes[0].ID}
		change(&out)
		return &out
	}
	same := func(*gpcn.VolumeSpec) {}
	plan, err := kind.PlanVolume(t.Context(), spec(same))
	if err != nil {
		t.Fatal(err)
	}
	want := []cloud.Fact{
		{Label: "datacenter_id", Value: string(s.kansas) + " (Kansas)"}, {Label: "sku_id", Value: string(s.sizes[0].ID) + " (SSD 128 GB)"}, {Label: "size", Value: "128 GB"},
	}
	if !slices.Equal(plan.Facts, want) || plan.Price.Known() || plan.Marks {
		t.Errorf("%+v", plan)
	}
	other, err := kind.PlanVolume(t.Context(), spec(func(s *gpcn.VolumeSpec) { s.Name = "data-2" }))
	if err != nil || other.Equal != plan.Equal {
		t.Errorf("another name makes another volume: %v", err)
	}
	for name, c := range map[string]struct {
		change    func(*gpcn.VolumeSpec)
		kind      cloud.ErrorKind
		candidate string
	}{
		"a name that is taken":       {func(v *gpcn.VolumeSpec) { v.Name = sandbox.FreeVolume }, cloud.ErrInvalid, string(s.free)},
		"a hidden name":              {func(v *gpcn.VolumeSpec) { v.Name = "x\u200b" }, cloud.ErrInvalid, ""},
		"a name of a data center":    {func(v *gpcn.VolumeSpec) { v.DatacenterID = "Kansas" }, cloud.ErrUnknownID, string(s.kansas)},
		"a size that is elsewhere":   {func(v *gpcn.VolumeSpec) { v.DatacenterID, v.SKUID = s.chicago, s.sizes[3].ID }, cloud.ErrUnknownID, ""},
		"a size by its display name": {func(v *gpcn.VolumeSpec) { v.SKUID = "SSD 128 GB" }, cloud.ErrUnknownID, string(s.sizes[0].ID)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := kind.PlanVolume(t.Context(), spec(c.change))
			e := cloudError(t, err)
			if e.Kind != c.kind || c.candidate != "" && (len(e.Candidates) == 0 || e.Candidates[0].ID != c.candidate) {
				t.Errorf("%+v", e)
			}
		})
	}
}

// TestGPCNRules checks that updates that GPCN has no operation for, or that break its
// rules, are refused before anything is sent.
func TestGPCNRules(t *testing.T) {
	s := newStorage(t)
	at := []cloud.MachineRef{s.web}
	for n := range gpcn.MaxVolumes - 1 {
		id := s.house.sandbox.PutVolume(fmt.Sprintf("more-%d", n))
		if _, err := s.UpdateVolume(t.Context(), s.volume(t, id), cloud.VolumeUpdate{Attach: at}); err != nil {
			t.Fatal(err)
		}
		s.settle()
	}
	tests := map[string]struct {
		volume cloud.VolumeID
		update cloud.VolumeUpdate
		says   string
	}{
		"a name":              {s.free, cloud.VolumeUpdate{Name: new("x")}, "cannot be changed here"},
		"two things":          {s.attached, cloud.VolumeUpdate{SizeGB: new(256), Detach: at}, "one thing at a time"},
		"two machines":        {s.free, cloud.VolumeUpdate{Attach: []cloud.MachineRef{s.web, s.db}}, "one thing at a time"},
		"one more machine":    {s.attached, cloud.VolumeUpdate{Attach: []cloud.MachineRef{s.db}}, "detach it first"},
		"a size not listed":   {s.free, cloud.VolumeUpdate{SizeGB: new(300)}, "128, 256, 512"},
		"a size of NVMe":      {s.free, cloud.VolumeUpdate{SizeGB: new(1024)}, "128, 256, 512"},
		"a sixth volume":      {s.free, cloud.VolumeUpdate{Attach: at}, "has 5 volumes already"},
		"a GPU VM":            {s.free, cloud.VolumeUpdate{Attach: []cloud.MachineRef{s.gpu}}, "GPU VM"},
		"nothing against it":  {s.free, cloud.VolumeUpdate{Attach: []cloud.MachineRef{s.db}}, ""},
		"growth to be listed": {s.free, cloud.VolumeUpdate{SizeGB: new(512)}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := s.PlanVolumeUpdate(t.Context(), s.volume(t, test.volume), test.update)
			if test.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := cloudError(t, err); e.Kind != cloud.ErrInvalid || !strings.Contains(e.Message, test.says) {
				t.Errorf("%+v", e)
			}
		})
	}
	// In another data center.
	kind := s.VolumeKinds()[0]
	made, err := kind.CreateVolume(t.Context(), &gpcn.VolumeSpec{Name: "far", DatacenterID: s.chicago, SKUID: s.sizes[0].ID}, "")
	if err != nil || len(made.Jobs) != 1 || len(made.IDs) != 1 {
		t.Fatalf("%+v, %v", made, err)
	}
	s.settle()
	_, err = s.PlanVolumeUpdate(t.Context(), s.volume(t, made.IDs[0]), cloud.VolumeUpdate{Attach: []cloud.MachineRef{s.db}})
	if e := cloudError(t, err); !strings.Contains(e.Message, "another data center") {
		t.Errorf("%+v", e)
	}
	if m, err := s.VolumeMachine(t.Context(), s.db); err != nil || m.Power != cloud.PowerStopped || m.Name != sandbox.StoppedVM || m.Kind != "vm" {
		t.Errorf("%+v, %v", m, err)
	}
	_, err = s.VolumeMachine(t.Context(), sandbox.StoppedVM)
	if e := cloudError(t, err); e.Kind != cloud.ErrUnknownID || len(e.Candidates) != 1 || e.Candidates[0].ID != string(s.db) {
		t.Errorf("%+v", e)
	}
}

// TestTheEndOfAVMNamesItsVolumes pins that a person who ends a VM reads which volumes
// it has; where they cannot be read, the general warning stands.
func TestTheEndOfAVMNamesItsVolumes(t *testing.T) {
	s := newStorage(t)
	says := func(id cloud.MachineRef) string {
		vm, err := s.GetVM(t.Context(), cloud.VMID(id))
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.PlanDeletion(t.Context(), vm, cloud.Deletion{})
		if err != nil || !strings.Contains(strings.Join(all, "\n"), "attached volumes and public addresses is not documented") {
			t.Errorf("%q, %v", all, err)
		}
		return strings.Join(all, "\n")
	}
	if want := "Volumes that are attached to it now: " + string(s.attached) + "."; !strings.Contains(says(s.web), want) || strings.Contains(says(s.db), "attached to it now") {
		t.Errorf("want %q of one and not of the other", want)
	}
	s.house.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: "*/volumes"})
	if strings.Contains(says(s.web), "attached to it now") {
		t.Error("volumes were told that could not be read")
	}
}

// TestDetachInBulk checks the result for each volume of one request.
func TestDetachInBulk(t *testing.T) {
	s := newStorage(t)
	results, err := s.DetachVolumes(t.Context(), []cloud.VolumeID{s.free, s.attached})
	if err != nil || len(results) != 2 || results[0].Err == nil || results[1].Err != nil || len(results[1].Jobs) != 1 {
		t.Fatalf("%+v, %v", results, err)
	}
	s.settle()
	if v := s.volume(t, s.attached); len(v.AttachedTo) > 0 {
		t.Errorf("%+v", v)
	}
	// Jobs that name no volume: which ones are detached is unknown.
	p := gpcn.New("gpcn", answering(t, http.StatusAccepted, `{"success":true,"data":{"jobs":[{"jobId":"`+documentedID+`","resourceId":null}]}}`))
	if _, err := p.DetachVolumes(t.Context(), []cloud.VolumeID{s.attached, s.free}); !cloud.IsAmbiguous(err) {
		t.Errorf("jobs without a name: %v", err)
	}
}

// TestALostGPCNVolume pins that the volume of a create whose response was lost is found
// by name and time, and that an older volume of that name is not.
func TestALostGPCNVolume(t *testing.T) {
	s := newStorage(t)
	kind := s.VolumeKinds()[0]
	search := cloud.CreateSearch{Names: []string{"data-1"}, Since: s.house.kit.Clock.Now()}
	s.house.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.LostAnswer, Method: http.MethodPost, Path: "*/volumes", Times: 1})
	_, err := kind.CreateVolume(t.Context(), &gpcn.VolumeSpec{Name: "data-1", DatacenterID: s.kansas, SKUID: s.sizes[0].ID}, "")
	if !cloud.IsAmbiguous(err) {
		t.Fatal(err)
	}
	if found, err := kind.FindVolume(t.Context(), search); err != nil || len(found.IDs) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	search.Since = search.Since.Add(10 * time.Minute)
	if found, err := kind.FindVolume(t.Context(), search); err != nil || len(found.IDs) > 0 || len(found.Possible) != 1 {
		t.Errorf("one that a wrong clock makes older: %+v, %v", found, err)
	}
	search.Since = search.Since.Add(time.Hour)
	if found, err := kind.FindVolume(t.Context(), search); err != nil || len(found.IDs)+len(found.Possible) > 0 {
		t.Errorf("an older one: %+v, %v", found, err)
	}
}

// TestVolumesThatAreRefused checks the errors of writes for every known status.
func TestVolumesThatAreRefused(t *testing.T) {
	s := newStorage(t)
	c := s.house.Client
	create := func(v gpcn.VolumeCreate) func(context.Context) error {
		return func(ctx context.Context) error { _, err := c.CreateVolume(ctx, v); return err }
	}
	tests := map[string]struct {
		send   func(context.Context) error
		status int
		kind   cloud.ErrorKind
	}{
		"a create of nothing":          {create(gpcn.VolumeCreate{}), 400, cloud.ErrInvalid},
		"a name that is taken":         {create(gpcn.VolumeCreate{Name: sandbox.FreeVolume, DatacenterID: s.kansas, SKUID: s.sizes[0].ID}), 409, cloud.ErrBlocked},
		"a create in an unknown place": {create(gpcn.VolumeCreate{Name: "x", DatacenterID: documentedID, SKUID: s.sizes[0].ID}), 404, cloud.ErrUnknownID},
		"a create of an unknown size":  {create(gpcn.VolumeCreate{Name: "x", DatacenterID: s.kansas, SKUID: documentedID}), 404, cloud.ErrUnknownID},
		"a smaller size":               {func(ctx context.Context) error { _, err := c.ResizeVolume(ctx, s.free, 128); return err }, 400, cloud.ErrInvalid},
		"growth of nothing":            {func(ctx context.Context) error { _, err := c.ResizeVolume(ctx, documentedID, 512); return err }, 404, cloud.ErrUnknownID},
		"an attachment to nothing":     {func(ctx context.Context) error { _, err := c.AttachVolume(ctx, s.free, documentedID); return err }, 404, cloud.ErrUnknownID},
		"a second attachment":          {func(ctx context.Context) error { _, err := c.AttachVolume(ctx, s.attached, s.db); return err }, 409, cloud.ErrBlocked},
		"a detachment of what is free": {func(ctx context.Context) error { _, err := c.DetachVolume(ctx, s.free); return err }, 409, cloud.ErrBlocked},
		"a deletion while attached":    {func(ctx context.Context) error { _, err := c.DeleteVolume(ctx, s.attached); return err }, 409, cloud.ErrBlocked},
		"a deletion of nothing":        {func(ctx context.Context) error { _, err := c.DeleteVolume(ctx, documentedID); return err }, 404, cloud.ErrUnknownID},
		"a bulk of nothing":            {func(ctx context.Context) error { _, err := c.DetachVolumes(ctx); return err }, 400, cloud.ErrInvalid},
		"sizes of an unknown place":    {func(ctx context.Context) error { _, err := c.ListVolumeSizes(ctx, documentedID); return err }, 404, cloud.ErrUnknownID},
		"a limit that is too large": {func(ctx context.Context) error {
			_, err := c.ListVolumes(ctx, gpcn.ListOptions{Limit: 101})
			return err
		}, 400, cloud.ErrInvalid},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if e := cloudError(t, test.send(t.Context())); e.Status != test.status || e.Kind != test.kind || e.Ambiguous {
				t.Errorf("%+v", e)
			}
		})
	}
	// 401 and 403, of every route alike.
	for key, kind := range map[string]cloud.ErrorKind{sandbox.WrongKey: cloud.ErrUnauthorized, sandbox.ReadOnlyKey: cloud.ErrForbidden} {
		if _, err := s.as(t, key).DeleteVolume(t.Context(), s.free); !cloud.IsKind(err, kind) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestJobsOfVolumes checks that resizes, attachments and deletions take effect when the
// job succeeds, and not when it fails.
func TestJobsOfVolumes(t *testing.T) {
	s := newStorage(t)
	ctx := t.Context()
	do := func(name string, begin func() (cloud.Accepted, error), state cloud.JobState) {
		t.Helper()
		accepted, err := begin()
		if err != nil || len(accepted.Jobs) != 1 {
			t.Fatalf("%s: %+v, %v", name, accepted, err)
		}
		s.settle()
		if jobs, err := s.ReadJobs(ctx, accepted.Jobs); err != nil || jobs[0].State != state {
			t.Errorf("%s: %+v, %v", name, jobs, err)
		}
	}
	update := func(u cloud.VolumeUpdate) func() (cloud.Accepted, error) {
		return func() (cloud.Accepted, error) { return s.UpdateVolume(ctx, s.volume(t, s.free), u) }
	}
	s.house.sandbox.NextJob(sandbox.Fail, 50)
	do("growth that fails", update(cloud.VolumeUpdate{SizeGB: new(512)}), cloud.JobFailed)
	if v := s.volume(t, s.free); *v.SizeGB != 256 {
		t.Errorf("%+v", v)
	}
	do("growth", update(cloud.VolumeUpdate{SizeGB: new(512)}), cloud.JobDone)
	do("attachment", update(cloud.VolumeUpdate{Attach: []cloud.MachineRef{s.db}}), cloud.JobDone)
	if v := s.volume(t, s.free); *v.SizeGB != 512 || !slices.Equal(v.AttachedTo, []cloud.MachineRef{s.db}) {
		t.Errorf("%+v", v)
	}
	do("detachment", update(cloud.VolumeUpdate{Detach: []cloud.MachineRef{s.db}}), cloud.JobDone)
	do("deletion", func() (cloud.Accepted, error) { return s.DeleteVolume(ctx, s.free) }, cloud.JobDone)
	if _, err := s.GetVolume(ctx, s.free); !cloud.IsKind(err, cloud.ErrUnknownID) {
		t.Error(err)
	}
	// A volume outlives its VM in the sandbox.
	if _, err := s.DeleteVM(ctx, cloud.VMID(s.web), cloud.Deletion{}); err != nil {
		t.Fatal(err)
	}
	s.settle()
	if v := s.volume(t, s.attached); len(v.AttachedTo) > 0 {
		t.Errorf("%+v", v)
	}
}
