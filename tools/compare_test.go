package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/tool"
	"countersign/tools"
)

// store is a cloud with offers.
type store struct {
	acme
	offers  []cloud.Offer
	partial []string
	closed  []string
	asked   cloud.MachineSize
}

func (s *store) ListOffers(_ context.Context, q cloud.OfferQuery, page cloud.PageRequest) (cloud.OfferPage, error) {
	s.asked = q.Size
	if s.listErr != nil {
		return cloud.OfferPage{}, s.listErr
	}
	rows, ok := cloud.CutPage(s.offers, page)
	if !ok {
		return cloud.OfferPage{}, errAway
	}
	return cloud.OfferPage{Page: rows, Partial: s.partial, Closed: s.closed}, nil
}

func (s *store) GetOffer(context.Context, cloud.OfferID) (cloud.Offer, error) {
	return cloud.Offer{}, errAway
}

func offer(id string, total cloud.Price, change ...func(*cloud.Offer)) cloud.Offer {
	o := cloud.Offer{ID: cloud.OfferID(id), Block: "acme_vm", Field: "size", Total: total, VCPUs: new(4), RAMGB: new(16), StorageGB: new(100)}
	for _, c := range change {
		c(&o)
	}
	return o
}

func gpus(n int, model string) func(*cloud.Offer) {
	return func(o *cloud.Offer) { o.GPUs = append(o.GPUs, cloud.GPU{Model: model, Count: n}) }
}

// read calls a read tool on these accounts.
func read(t *testing.T, env tools.Env, name, arguments string, into any) error {
	t.Helper()
	for _, d := range tools.All(env) {
		if d.Name != name {
			continue
		}
		call, err := d.Decode([]byte(arguments))
		if err != nil {
			t.Fatal(err)
		}
		out, err := call.Read(t.Context())
		if err != nil {
			return err
		}
		raw, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
		return nil
	}
	t.Fatalf("no tool %s", name)
	return nil
}

func having(providers ...cloud.Provider) tools.Env {
	var env tools.Env
	for i, p := range providers {
		env.Accounts = append(env.Accounts, cloud.Account{Name: cloud.AccountName(fmt.Sprint("acme-", i)), Provider: p})
	}
	return env
}

type comparedRow struct {
	ID         string   `json:"id"`
	PerGPUHour string   `json:"per_gpu_hour"`
	NotTold    []string `json:"not_told"`
}

func (r comparedRow) String() string {
	return strings.TrimSpace(fmt.Sprint(r.ID, " ", r.PerGPUHour, " ", strings.Join(r.NotTold, "+")))
}

type compared struct {
	Currencies []struct {
		Currency string        `json:"currency"`
		Offers   []comparedRow `json:"offers"`
	} `json:"currencies"`
	Unpriced  []comparedRow  `json:"unpriced"`
	LeftOut   []string       `json:"left_out"`
	GPUModels []string       `json:"gpu_models"`
	Failures  []tool.Failure `json:"failures"`
}

// lines returns the rows, each under its currency.
func (c compared) lines() []string {
	var out []string
	for _, group := range c.Currencies {
		for _, o := range group.Offers {
			out = append(out, group.Currency+" "+o.String())
		}
	}
	for _, o := range c.Unpriced {
		out = append(out, "- "+o.String())
	}
	return out
}

// TestCompareOffers checks which offers fit, their order, and that every omission
// is reported.
func TestCompareOffers(t *testing.T) {
	t.Parallel()
	unknown := cloud.UnknownPrice("no list")
	soldOut := func(o *cloud.Offer) { o.InStock = new(false) }
	notHere := func(o *cloud.Offer) { o.Block = "" }
	silent := func(o *cloud.Offer) { o.VCPUs, o.RAMGB, o.StorageGB = nil, nil, nil }
	usd := func(amount string) cloud.Price { return priceIn(amount, "USD") }
	euro, dollar := &store{offers: []cloud.Offer{
		offer("plain", price("0.10")),
		offer("h100x8", price("16"), gpus(8, "h100-sxm5-80gb")),
		offer("h100x1", price("2.50"), gpus(1, "h100-sxm5-80gb")),
		offer("gone", price("1"), gpus(8, "h100-sxm5-80gb"), soldOut),
		offer("plan", price("1"), notHere),
	}}, &store{offers: []cloud.Offer{
		offer("big", usd("30"), gpus(8, "NVIDIA H100 80GB SXM")),
		offer("huge", usd("20"), gpus(16, "NVIDIA H100 80GB SXM")),
		offer("dark", unknown, gpus(8, "NVIDIA H100 80GB SXM")),
		offer("quiet", usd("25"), gpus(8, "NVIDIA H100 80GB SXM"), silent),
		offer("other", usd("3"), gpus(8, "NVIDIA A100")),
		offer("mixed", usd("9"), gpus(4, "NVIDIA A100"), gpus(8, "H100")),
		offer("third", usd("1"), gpus(3, "H100")),
	}}
	tests := []struct {
		name, arguments     string
		want, left, unknown []string
	}{
		{"8 H100, at least 100 GB", `{"gpu_model":"h100","gpus":8,"storage_gb":100}`,
			[]string{"EUR h100x8 2 EUR", "USD mixed 0.75 USD", "USD huge 1.25 USD", "USD quiet 3.125 USD storage_gb", "USD big 3.75 USD", "- dark"},
			[]string{"2: no GPU", "2: fewer GPUs", "1: sold out, or not to be had by this account", "1: another GPU"}, nil},
		{"per GPU", `{"gpu_model":"h100","cheapest":"gpu","account":"acme-0"}`,
			[]string{"EUR h100x8 2 EUR", "EUR h100x1 2.5 EUR"},
			[]string{"2: no GPU", "1: sold out, or not to be had by this account"}, nil},
		{"per machine", `{"gpu_model":"h100","cheapest":"machine","account":"acme-0"}`,
			[]string{"EUR h100x1 2.5 EUR", "EUR h100x8 2 EUR"},
			[]string{"2: no GPU", "1: sold out, or not to be had by this account"}, nil},
		{"per GPU, and some have none", `{"cheapest":"gpu","account":"acme-0"}`,
			[]string{"EUR h100x8 2 EUR", "EUR h100x1 2.5 EUR", "EUR plain"},
			[]string{"1: sold out, or not to be had by this account", "1: cannot be created from here"}, nil},
		{"sold out ones too", `{"gpus":8,"account":"acme-0","with_sold_out":true}`,
			[]string{"EUR gone 0.125 EUR", "EUR h100x8 2 EUR"}, []string{"2: no GPU", "1: fewer GPUs"}, nil},
		{"a third is rounded", `{"gpus":3,"account":"acme-1","limit":1}`,
			[]string{"USD third 0.333333 USD", "- dark"}, []string{"5: dearer, or beyond limit"}, nil},
		{"sizes", `{"vcpus":5,"account":"acme-1"}`,
			[]string{"USD quiet 3.125 USD vcpus"}, []string{"6: fewer vCPUs"}, nil},
		{"memory", `{"ram_gb":17,"account":"acme-0"}`, nil, []string{"5: less memory"}, nil},
		{"nothing of that model", `{"gpu_model":"b200"}`, nil, []string{"2: no GPU", "10: another GPU"},
			[]string{"h100-sxm5-80gb", "NVIDIA H100 80GB SXM", "NVIDIA A100", "H100"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got compared
			if err := read(t, having(euro, dollar), "compare_offers", tt.arguments, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.lines()); diff != "" {
				t.Errorf("offers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.left, got.LeftOut); diff != "" {
				t.Errorf("left out (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.unknown, got.GPUModels); diff != "" {
				t.Errorf("models (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCompareOffersAsks checks the requests to the clouds, and how failures are
// reported.
func TestCompareOffersAsks(t *testing.T) {
	t.Parallel()
	away := &store{acme: acme{listErr: errAway}}
	half := &store{offers: []cloud.Offer{offer("a", price("1"))}, partial: []string{"GPU list: no answer."}, closed: []string{"GPUs are switched off."}}
	var got compared
	if err := read(t, having(away, half), "compare_offers", `{"vcpus":2,"ram_gb":3,"storage_gb":4}`, &got); err != nil {
		t.Fatal(err)
	}
	if half.asked != (cloud.MachineSize{VCPUs: 2, RAMGB: 3, StorageGB: 4}) {
		t.Errorf("a size of %+v was priced", half.asked)
	}
	if len(got.Failures) != 3 || got.Failures[0].Account != "acme-0" || got.Failures[1].Account != "acme-1" || got.Failures[2].Code != "forbidden" || len(got.lines()) != 1 {
		t.Errorf("%+v", got)
	}
	if err := read(t, having(away, half), "compare_offers", `{"account":"acme-0"}`, &got); err == nil {
		t.Error("the only account fails, and the call does not")
	}
}

// TestCompareOffersIsShort checks that the output stays within the size limit,
// however many offers there are.
func TestCompareOffersIsShort(t *testing.T) {
	t.Parallel()
	long := &store{}
	for i := range 3000 {
		o := offer(fmt.Sprint("o-", i), priceIn(fmt.Sprint(i), []string{"EUR", "SEK", "USD"}[i%3]))
		o.Note = strings.Repeat("long ", 300)
		long.offers = append(long.offers, o)
	}
	var got compared
	if err := read(t, having(long), "compare_offers", `{"limit":25}`, &got); err != nil {
		t.Fatal(err)
	}
	lines := got.lines()
	if len(lines) != 18 || lines[0] != "EUR o-0" || lines[6] != "SEK o-1" || lines[12] != "USD o-2" {
		t.Errorf("%d rows: %v", len(lines), lines)
	}
	if diff := cmp.Diff([]string{"2982: dearer, or beyond limit"}, got.LeftOut); diff != "" {
		t.Error(diff)
	}
}

// TestASurveyPanicsWhereItIsGuarded checks that a panic in the code of a cloud,
// which runs in a goroutine of its own, is raised in the goroutine of the call.
func TestASurveyPanicsWhereItIsGuarded(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
	}()
	var got compared
	_ = read(t, having(&store{}, &thrower{}), "compare_offers", `{}`, &got)
}

type thrower struct{ store }

func (*thrower) ListOffers(context.Context, cloud.OfferQuery, cloud.PageRequest) (cloud.OfferPage, error) {
	panic("a bug")
}
