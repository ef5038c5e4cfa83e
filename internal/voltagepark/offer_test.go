package voltagepark_test

import (
	"io"
	"net/http"
	"slices"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/sandboxkit"
	"countersign/internal/voltagepark"
)

func TestOffersHavePriceAndStock(t *testing.T) {
	h := newHouse(t)
	offers := h.offers(t)
	if len(offers) != 5 {
		t.Fatalf("%d offers", len(offers))
	}
	one := offers[0]
	for label, got := range map[string]string{
		"compute": one.Compute.String(), "storage": one.Storage.String(),
		"total": one.Total.PerHour.String(), "30 days": one.Total.Per30Days.String(),
	} {
		want := map[string]string{"compute": "1.89 USD", "storage": "0.1 USD", "total": "1.99 USD", "30 days": "1432.8 USD"}[label]
		if got != want {
			t.Errorf("%s is %s, want %s", label, got, want)
		}
	}
	if len(one.Total.Assumed) == 0 || one.Block != "voltagepark_vm" || one.Field != "config_id" || one.Image != "TensorML 24 Everything" {
		t.Errorf("offer %+v", one)
	}
	stock := map[cloud.LocationID]int{}
	for _, s := range one.Stock {
		stock[s.LocationID] = *s.Available
	}
	if !*one.InStock || stock[h.location(t, "Dallas").ID] != 15 || stock[h.location(t, "Seattle").ID] != 3 {
		t.Errorf("in stock %t, %v", *one.InStock, stock)
	}
	if soldOut := offers[4]; *soldOut.InStock || len(soldOut.Stock) != 0 || soldOut.GPUs[0].Model != "h200-sxm5-141gb" {
		t.Errorf("offer %+v", soldOut)
	}
	got, err := h.GetOffer(t.Context(), one.ID)
	if err != nil || got.ID != one.ID || !*got.InStock || len(got.Stock) != 2 || *got.Stock[0].Available != *one.Stock[0].Available {
		t.Errorf("get: %+v, %v", got, err)
	}
}

func TestOffersWithOneListOnly(t *testing.T) {
	for path, want := range map[string]struct {
		offers  int
		partial string
	}{
		"*/instant-deploy-presets/": {4, "list instant deploy presets: cloud_unavailable (HTTP 503)"},
		"*/instant/locations":       {5, "list instant VM locations: cloud_unavailable (HTTP 503)"},
	} {
		t.Run(path, func(t *testing.T) {
			h := newHouse(t)
			h.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: path})
			page, err := h.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
			if err != nil || len(page.Items) != want.offers || !slices.Equal(page.Partial, []string{want.partial}) {
				t.Fatalf("%d offers, partial %q, error %v", len(page.Items), page.Partial, err)
			}
			if first := page.Items[0]; !first.Total.Known() || first.InStock == nil || !*first.InStock {
				t.Errorf("offer %+v", first)
			}
		})
	}
}

func TestStockThatIsNotTold(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want *bool
	}{
		"null":      {`{"id":"` + documentedID + `","location_ids_with_availability":null}`, nil},
		"no places": {`{"id":"` + documentedID + `","location_ids_with_availability":[]}`, new(false)},
		"a place":   {`{"id":"` + documentedID + `","location_ids_with_availability":["` + documentedID + `"]}`, new(true)},
	} {
		t.Run(name, func(t *testing.T) {
			offer, err := answering(t, http.StatusOK, c.body).GetOffer(t.Context(), documentedID)
			if err != nil {
				t.Fatal(err)
			}
			if (offer.InStock == nil) != (c.want == nil) || c.want != nil && *offer.InStock != *c.want {
				t.Errorf("in stock %v, want %v", offer.InStock, c.want)
			}
		})
	}
}

// Where the two lists differ, the number takes precedence: it is from the newer of the
// vendor's operations.
func TestNumbersOfStockAreBelieved(t *testing.T) {
	for number, want := range map[string]bool{"0": false, "-1": false, "2": true, "null": true} {
		mux := http.NewServeMux()
		mux.HandleFunc("/api/v1/instant-deploy-presets/", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `[{"id":"`+documentedID+`","location_ids_with_availability":["a"]}]`)
		})
		mux.HandleFunc("/api/v1/virtual-machines/instant/locations", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"results":[{"id":"a","available_presets":[{"id":"`+documentedID+`","available_vms":`+number+`}]}]}`)
		})
		page, err := voltagepark.New("voltagepark", newClient(t, mux, "key")).ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
		if err != nil || len(page.Items) != 1 || *page.Items[0].InStock != want || len(page.Items[0].Stock) > 1 {
			t.Errorf("%s: %+v, %v", number, page, err)
		}
	}
}
