package voltagepark_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/sandboxkit"
)

func TestLocationsAreMergedByID(t *testing.T) {
	h := newHouse(t)
	page, err := h.ListLocations(t.Context(), cloud.PageRequest{})
	if err != nil || len(page.Partial) > 0 || page.Next != "" {
		t.Fatalf("partial %v, next %q, error %v", page.Partial, page.Next, err)
	}
	serves := map[string]string{}
	for _, l := range page.Items {
		serves[l.City] = strings.Join(l.Serves, " ")
	}
	for city, want := range map[string]string{"Dallas": "vm bare_metal host_node", "Seattle": "vm host_node", "": "bare_metal"} {
		if serves[city] != want {
			t.Errorf("%q serves %q, want %q", city, serves[city], want)
		}
	}
	if !slices.IsSortedFunc(page.Items, func(a, b cloud.Location) int { return strings.Compare(string(a.ID), string(b.ID)) }) {
		t.Error("locations are not in the order of their IDs")
	}
	dallas := h.location(t, "Dallas")
	if got := dallas.BareMetal[1]; got.Network != "infiniband" || *got.FreeGPUs != 128 || got.PerGPU.String() != "2.49 USD" || len(got.Assumed) == 0 {
		t.Errorf("bare metal of Dallas: %+v", got)
	}
	if len(dallas.HostNodes) != 2 || dallas.HostNodes[0].LocationID != dallas.ID || len(dallas.Offers) == 0 {
		t.Errorf("Dallas: %+v", dallas)
	}
}

func TestLocationsComeInPages(t *testing.T) {
	h := newHouse(t)
	var seen []cloud.LocationID
	for cursor := "0"; cursor != ""; {
		page, err := h.ListLocations(t.Context(), cloud.PageRequest{Limit: 2, Cursor: cursor})
		if err != nil || len(page.Items) > 2 {
			t.Fatalf("%d rows, error %v", len(page.Items), err)
		}
		for _, l := range page.Items {
			seen = append(seen, l.ID)
		}
		cursor = page.Next
	}
	if len(seen) != 3 || len(slices.Compact(seen)) != 3 {
		t.Errorf("saw %v", seen)
	}
	for _, cursor := range []string{"x", "-1", "99999999999999999999"} {
		_, err := h.ListLocations(t.Context(), cloud.PageRequest{Cursor: cursor})
		asCloudError(t, err, cloud.ErrInvalid)
	}
}

func TestAListThatFailsIsNamed(t *testing.T) {
	h := newHouse(t)
	h.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: "*/bare-metal/locations"})
	page, err := h.ListLocations(t.Context(), cloud.PageRequest{})
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("%d locations, error %v", len(page.Items), err)
	}
	if want := "list bare-metal locations: cloud_unavailable (HTTP 503)"; !slices.Equal(page.Partial, []string{want}) {
		t.Errorf("partial is %q, want %q", page.Partial, want)
	}
	h.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Times: 9})
	_, err = h.ListLocations(t.Context(), cloud.PageRequest{})
	asCloudError(t, err, cloud.ErrUnavailable)
}

func TestGetLocation(t *testing.T) {
	h := newHouse(t)
	metal := h.location(t, "").ID // in the list of bare metal only: GET /locations/{id} does not know it
	got, err := h.GetLocation(t.Context(), metal)
	if err != nil || !slices.Equal(got.Serves, []string{"bare_metal"}) {
		t.Errorf("%+v, %v", got, err)
	}
	dallas := h.location(t, "Dallas").ID
	h.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.HTML, Path: "*/bare-metal/locations"})
	got, err = h.GetLocation(t.Context(), dallas)
	if err != nil || got.City != "Dallas" || len(got.Partial) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	h.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: "*/instant/locations/*"})
	got, err = h.GetLocation(t.Context(), dallas)
	if want := "get instant VM location: cloud_unavailable (HTTP 503)"; err != nil || len(got.Offers) != 0 || !slices.Equal(got.Partial, []string{want}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = h.GetLocation(t.Context(), dallas); err != nil || len(got.Offers) != 4 || len(got.BareMetal) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	mistyped := cloud.LocationID("0" + string(dallas)[1:])
	if mistyped == dallas {
		mistyped = cloud.LocationID("1" + string(dallas)[1:])
	}
	_, err = h.GetLocation(t.Context(), mistyped)
	e := asCloudError(t, err, cloud.ErrUnknownID)
	if len(e.Candidates) != 1 || e.Candidates[0].ID != string(dallas) || e.Candidates[0].Name != "Dallas" {
		t.Errorf("candidates %v", e.Candidates)
	}
}

func TestGetHostNode(t *testing.T) {
	h := newHouse(t)
	want := h.location(t, "Dallas").HostNodes[0]
	got, err := h.GetHostNode(t.Context(), want.ID)
	if err != nil || got.ID != want.ID || *got.VCPUs != 7*26 || got.GPUs[0] != (cloud.GPU{Model: "h100-sxm5-80gb", Count: 7}) {
		t.Errorf("%+v, %v", got, err)
	}
	var units []string
	for _, p := range got.Prices {
		units = append(units, p.Unit+" "+p.PerHour.String())
	}
	if want := []string{"h100-sxm5-80gb 1.5 USD", "vcpu 0.01 USD", "gb_ram 0.001121 USD", "gb_storage 0.000042 USD"}; !slices.Equal(units, want) {
		t.Errorf("prices %v, want %v", units, want)
	}
}

// location finds a location of the sandbox by its city.
func (h house) location(t *testing.T, city string) cloud.Location {
	t.Helper()
	page, err := h.ListLocations(t.Context(), cloud.PageRequest{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(page.Items, func(l cloud.Location) bool { return l.City == city })
	if i < 0 {
		t.Fatalf("no location in %q", city)
	}
	return page.Items[i]
}

func TestRowsThatCannotBeAskedForAreTold(t *testing.T) {
	p := answering(t, http.StatusOK, `{"results":[{"id":"`+documentedID+`"}],"total_result_count":40,"has_next":true}`)
	page, err := p.ListLocations(t.Context(), cloud.PageRequest{})
	if err == nil && len(page.Partial) == 2 && strings.Contains(page.Partial[0], "more rows than it sends") {
		return
	}
	t.Errorf("partial %q, error %v", page.Partial, err)
}
