package hostup_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/sandboxkit"
)

func TestLocations(t *testing.T) {
	w := newWorld(t)
	want := cloud.Location{ID: "stockholm", Account: "hostup", Region: "Stockholm", Serves: []string{"vm"}}
	page, err := w.provider.ListLocations(t.Context(), cloud.PageRequest{Limit: 10})
	if diff := cmp.Diff([]cloud.Location{want}, page.Items); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	got, err := w.provider.GetLocation(t.Context(), "stockholm")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	_, err = w.provider.GetLocation(t.Context(), "Stockholm")
	if e := cloudError(t, err); e.Kind != cloud.ErrUnknownID || len(e.Candidates) != 1 || e.Candidates[0].ID != "stockholm" {
		t.Errorf("a name: %+v", e)
	}
}

func TestRegionsOfOddForm(t *testing.T) {
	tests := []struct {
		body string
		want []cloud.LocationID
		kind cloud.ErrorKind
	}{
		{`{"defaults":{"regionId":"stockholm"}}`, []cloud.LocationID{"stockholm"}, ""},
		{`{"defaults":{"regionId":"b"},"regions":["a","b",7,{"regionId":"c"}]}`, []cloud.LocationID{"b", "a", "c"}, ""},
		{`{"defaults":null,"regions":{"a":1}}`, nil, cloud.ErrUnavailable},
		{`null`, nil, cloud.ErrUnavailable},
	}
	for _, tt := range tests {
		page, err := answering(t, 200, nil, tt.body).ListLocations(t.Context(), cloud.PageRequest{})
		var got []cloud.LocationID
		for _, place := range page.Items {
			got = append(got, place.ID)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || tt.kind == "" && err != nil || tt.kind != "" && !cloud.IsKind(err, tt.kind) {
			t.Errorf("%s: error %v (-want +got):\n%s", tt.body, err, diff)
		}
	}
}

func TestOfferIsPricedExactly(t *testing.T) {
	tests := []struct {
		size    cloud.MachineSize
		with    []string
		perHour string
		per30   string
		inStock bool
		note    string
	}{
		// 2 x 0.12 + 4 x 0.04 + 80 x 0.003 + 0.02, the size that the vendor suggests
		{cloud.MachineSize{}, []string{"cpu_cores=2", "memory_gb=4", "storage_gb=80"}, "0.66 SEK", "475.2 SEK", true, "The account's limits leave 12 cores, 56 GB of memory, 880 GB of storage, 8 machines."},
		{cloud.MachineSize{VCPUs: 1, RAMGB: 1, StorageGB: 51}, []string{"cpu_cores=1", "memory_gb=1", "storage_gb=51"}, "0.333 SEK", "239.76 SEK", true, "Traffic costs 0.1 SEK per GB extra."},
		{cloud.MachineSize{VCPUs: 3}, []string{"cpu_cores=3", "memory_gb=4", "storage_gb=80"}, "0.78 SEK", "561.6 SEK", true, "storage_gb 50 to 2000"},
		{cloud.MachineSize{VCPUs: 13}, []string{"cpu_cores=13", "memory_gb=4", "storage_gb=80"}, "1.98 SEK", "1425.6 SEK", false, "leaves 12 cores"},
		{cloud.MachineSize{StorageGB: 10}, []string{"cpu_cores=2", "memory_gb=4", "storage_gb=10"}, "0.45 SEK", "324 SEK", false, "storage_gb: must be 50 to 2000"},
	}
	for _, tt := range tests {
		w := newWorld(t)
		page, err := w.provider.ListOffers(t.Context(), cloud.OfferQuery{LocationID: "stockholm", Size: tt.size}, cloud.PageRequest{Limit: 10})
		if err != nil || len(page.Items) != 1 || len(page.Partial) > 0 {
			t.Fatalf("page %+v, error %v", page, err)
		}
		offer := page.Items[0]
		if offer.ID != "stockholm" || offer.Block != "hostup_vps" || offer.Field != "region" || *offer.InStock != tt.inStock || (len(offer.Stock) == 1) != tt.inStock {
			t.Errorf("%+v: %+v", tt.size, offer)
		}
		if diff := cmp.Diff(tt.with, offer.With); diff != "" {
			t.Errorf("with (-want +got):\n%s", diff)
		}
		isPrice(t, "total", offer.Total, tt.perHour, "")
		if offer.Total.Per30Days.String() != tt.per30 || !strings.Contains(offer.Total.Source, "one IP address") || !strings.Contains(offer.Note, tt.note) {
			t.Errorf("%+v: total %+v, note %q", tt.size, offer.Total, offer.Note)
		}
	}
}

func TestPlansAreOffersThatCannotBeCreated(t *testing.T) {
	w := newWorld(t)
	page, err := w.provider.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{Limit: 4})
	if err != nil || len(page.Items) != 4 || page.Next != "4" {
		t.Fatalf("page %+v, error %v", page, err)
	}
	rest, err := w.provider.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{Limit: 4, Cursor: page.Next})
	if err != nil || len(rest.Items) != 2 || rest.Next != "" {
		t.Fatalf("page %+v, error %v", rest, err)
	}
	plan := page.Items[3]
	if plan.Block != "" || plan.Name != "VPS MD" || *plan.VCPUs != 4 || !*plan.InStock || !strings.Contains(plan.Note, "not from here") || !strings.Contains(plan.Note, "1024 GB") {
		t.Errorf("plan %+v", plan)
	}
	isPrice(t, "plan", plan.Total, "", "349.5 SEK per month")
	if *rest.Items[1].InStock {
		t.Error("a plan that cannot be ordered is in stock")
	}
	got, err := w.provider.GetOffer(t.Context(), plan.ID)
	if diff := cmp.Diff(plan, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
	_, err = w.provider.GetOffer(t.Context(), "vps-md")
	if e := cloudError(t, err); e.Kind != cloud.ErrUnknownID || !strings.Contains(e.Hint, "list_offers") {
		t.Errorf("a slug: %+v", e)
	}
}

func TestOffersWhereAListFails(t *testing.T) {
	const (
		options  = "/api/v2/vps/payg/deployments"
		limits   = "/api/v2/vps/payg/limits"
		products = "/api/v2/products/vps"
	)
	for _, tt := range []struct {
		failing []string
		offers  int
		partial []string
	}{
		{[]string{options}, 5, []string{"get PAYG options: cloud_unavailable (HTTP 503)"}},
		{[]string{limits}, 6, []string{"get PAYG limits: cloud_unavailable (HTTP 503)"}},
		{[]string{products}, 1, []string{"list VPS products: cloud_unavailable (HTTP 503)"}},
		{[]string{options, products}, 0, nil},
	} {
		w := newWorld(t)
		for _, path := range tt.failing {
			w.kit.AddFault("hostup", sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: path, Times: 10})
		}
		page, err := w.provider.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
		if (tt.partial == nil) != cloud.IsKind(err, cloud.ErrUnavailable) || len(page.Items) != tt.offers {
			t.Errorf("%v: %d offers, error %v", tt.failing, len(page.Items), err)
		}
		if diff := cmp.Diff(tt.partial, page.Partial); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.failing, diff)
		}
		if _, err := w.provider.GetOffer(t.Context(), "nothing"); tt.offers < 6 && !cloud.IsKind(err, cloud.ErrUnavailable) {
			t.Errorf("%v: what could not be looked up is %v", tt.failing, err)
		}
	}
}

func TestOfferOfABlockedAccount(t *testing.T) {
	w := newWorld(t)
	w.vendor.SetNoCard(true)
	offer, err := w.provider.GetOffer(t.Context(), "stockholm")
	if err != nil || *offer.InStock || len(offer.Stock) > 0 || !strings.Contains(offer.Note, "No payment card is on file.") || strings.Contains(offer.Note, "Add a payment card") {
		t.Errorf("offer %+v, error %v", offer, err)
	}
}

func TestPricesThatAreNotTold(t *testing.T) {
	const head = `{"defaults":{"regionId":"a","resources":{"cpuCores":2,"memoryGb":4,"storageGb":80}},"pricing":`
	for pricing, why := range map[string]string{
		`null`: "could not be read",
		`{"currencyCode":"kr","cpuPerCoreHour":1}`:                                                                    "no currency",
		`{"currencyCode":"SEK","cpuPerCoreHour":"text","memoryPerGbHour":1,"storagePerGbHour":1,"ipPerHour":1}`:       "none for cores",
		`{"currencyCode":"SEK","cpuPerCoreHour":1,"memoryPerGbHour":1,"storagePerGbHour":1,"ipPerHour":null}`:         "none for an address",
		`{"currencyCode":"SEK","cpuPerCoreHour":-1,"memoryPerGbHour":1,"storagePerGbHour":1,"ipPerHour":0.000000001}`: "none for cores",
	} {
		page, err := answering(t, 200, nil, head+pricing+`}`).ListOffers(t.Context(), cloud.OfferQuery{LocationID: "a"}, cloud.PageRequest{})
		if err != nil || len(page.Items) != 1 {
			t.Fatalf("%s: %+v, %v", pricing, page, err)
		}
		isPrice(t, pricing, page.Items[0].Total, "", why)
		if page.Items[0].InStock != nil || !strings.Contains(page.Items[0].Note, "shows no gate") {
			t.Errorf("without a gate: %+v", page.Items[0])
		}
	}
}
