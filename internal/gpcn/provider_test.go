package gpcn_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
	"countersign/internal/sandboxkit"
)

// tenant is the account of a sandbox.
type tenant struct {
	*gpcn.Provider
	house house
}

func newTenant(t *testing.T) tenant {
	t.Helper()
	h := newHouse(t)
	return tenant{gpcn.New("gpcn", h.Client), h}
}

// as is the same tenant seen with another key.
func (w tenant) as(t *testing.T, key string) tenant {
	t.Helper()
	client := newClient(t, w.house.kit.Handler(vendor, w.house.sandbox), key)
	return tenant{gpcn.New("gpcn", client), w.house}
}

// later lets time pass.
func (w tenant) later(d time.Duration) { w.house.kit.Clock.Advance(d) }

// count is how many requests arrived of a method and a path that ends so.
func (w tenant) count(method, suffix string) int {
	n := 0
	for _, r := range w.house.kit.Requests(vendor) {
		if r.Method == method && strings.HasSuffix(r.Path, suffix) {
			n++
		}
	}
	return n
}

// writes is how many requests arrived that change something.
func (w tenant) writes() int {
	n := 0
	for _, r := range w.house.kit.Requests(vendor) {
		if r.Method != "GET" && r.Path != "/v1/resource/jobs" {
			n++
		}
	}
	return n
}

// location, vm, key, network and image find what the tenant has, by name.
func (w tenant) location(t *testing.T, name string) cloud.LocationID {
	t.Helper()
	page, err := w.ListLocations(t.Context(), cloud.PageRequest{})
	return pick(t, page.Items, err, func(l cloud.Location) bool { return l.City == name }).ID
}

func (w tenant) vm(t *testing.T, name string) cloud.VM {
	t.Helper()
	return pick(t, w.vms(t), nil, func(v cloud.VM) bool { return v.Name == name })
}

func (w tenant) vms(t *testing.T) []cloud.VM {
	t.Helper()
	var out []cloud.VM
	for vm, err := range cloud.All(t.Context(), 25, w.ListVMs) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, vm)
	}
	return out
}

func (w tenant) key(t *testing.T, name string) cloud.SSHKeyID {
	t.Helper()
	page, err := w.ListSSHKeys(t.Context(), cloud.PageRequest{})
	return pick(t, page.Items, err, func(k cloud.SSHKey) bool { return k.Name == name }).ID
}

func (w tenant) group(t *testing.T, name string) cloud.ResourceGroupID {
	t.Helper()
	page, err := w.ListResourceGroups(t.Context(), cloud.PageRequest{})
	return pick(t, page.Items, err, func(g cloud.ResourceGroup) bool { return g.Name == name }).ID
}

func (w tenant) network(t *testing.T, name string) cloud.NetworkID {
	t.Helper()
	page, err := w.ListNetworks(t.Context(), cloud.PageRequest{})
	return pick(t, page.Items, err, func(n cloud.Network) bool { return n.Name == name }).ID
}

func (w tenant) image(t *testing.T, at cloud.LocationID, name string) cloud.ImageID {
	t.Helper()
	page, err := w.ListImages(t.Context(), cloud.ImageQuery{LocationID: at}, cloud.PageRequest{})
	return pick(t, page.Items, err, func(i cloud.Image) bool { return i.Name == name }).ID
}

func (w tenant) offer(t *testing.T, name string) cloud.Offer {
	t.Helper()
	page, err := w.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
	return pick(t, page.Items, err, func(o cloud.Offer) bool { return o.Name == name || string(o.ID) == name })
}

func pick[T any](t *testing.T, all []T, err error, fits func(T) bool) T {
	t.Helper()
	i := slices.IndexFunc(all, fits)
	if err != nil || i < 0 {
		t.Fatalf("it is not among %+v (%v)", all, err)
	}
	return all[i]
}

// refused fails the test unless err is of a kind and says some words.
func refused(t *testing.T, err error, kind cloud.ErrorKind, words string) *cloud.Error {
	t.Helper()
	e := cloudError(t, err)
	if e.Kind != kind || !strings.Contains(e.Error(), words) {
		t.Errorf("error %v of kind %s, want %s with %q", e, e.Kind, kind, words)
	}
	return e
}

// offersID fails the test unless a refusal offers an ID.
func offersID(t *testing.T, e *cloud.Error, id string) {
	t.Helper()
	if !slices.ContainsFunc(e.Candidates, func(c cloud.Candidate) bool { return c.ID == id }) {
		t.Errorf("candidates %+v lack %s", e.Candidates, id)
	}
}

const nobody = "00000000-0000-4000-8000-000000000000"

func TestCheckKey(t *testing.T) {
	w := newTenant(t)
	if err := w.CheckKey(t.Context()); err != nil {
		t.Error(err)
	}
	refused(t, w.as(t, sandbox.WrongKey).CheckKey(t.Context()), cloud.ErrUnauthorized, "")
}

func TestDescribeNeverUsesTheNetwork(t *testing.T) {
	w := newTenant(t)
	d := w.Describe()
	if d.Title == "" || d.BaseURL == "" || len(d.Gaps) == 0 || w.Vendor() != "gpcn" {
		t.Errorf("description %+v", d)
	}
	if n := len(w.house.kit.Requests(vendor)); n != 0 {
		t.Errorf("%d requests left", n)
	}
}

func TestLocations(t *testing.T) {
	w := newTenant(t)
	page, err := w.ListLocations(t.Context(), cloud.PageRequest{})
	if err != nil {
		t.Fatal(err)
	}
	want := []cloud.Location{
		{ID: page.Items[0].ID, Account: "gpcn", City: "Chicago", Region: "Central", Country: "United States", Serves: []string{"vm"}},
		{ID: page.Items[1].ID, Account: "gpcn", City: "Kansas", Region: "central", Country: "United States", Serves: []string{"vm", "gpu"}},
	}
	if diff := cmp.Diff(want, page.Items); diff != "" {
		t.Error("-want +got\n", diff)
	}
	got, err := w.GetLocation(t.Context(), want[1].ID)
	if diff := cmp.Diff(want[1], got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	_, err = w.GetLocation(t.Context(), "kansas")
	offersID(t, refused(t, err, cloud.ErrUnknownID, "location_id"), string(want[1].ID))
}

func TestOffersAreMergedBySKU(t *testing.T) {
	w := newTenant(t)
	page, err := w.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
	if err != nil || len(page.Partial) > 0 {
		t.Fatal(err, page.Partial)
	}
	var got []string
	for _, o := range page.Items {
		got = append(got, o.Block+" "+o.Name+" "+strings.Repeat("*", len(o.Stock)))
		if o.Total.Known() || o.Total.Unknown == "" {
			t.Errorf("price of %s is %+v", o.Name, o.Total)
		}
	}
	want := []string{
		"gpcn_vm G-Micro-1 **", "gpcn_vm G-Small-1 **", "gpcn_vm G-Medium-1 **", "gpcn_vm M-Medium-1 *",
		"gpcn_gpu NVIDIA H100 80GB SXM *", "gpcn_gpu NVIDIA RTX A6000 *", "gpcn_gpu NVIDIA RTX A6000 *",
	}
	if diff := cmp.Diff(want, append(got[:4:4], got[len(got)-3:]...)); diff != "" {
		t.Errorf("-want +got\n%s\nall: %q", diff, got)
	}
}

func TestGPUOfferNamesAllThatCreateVMNeeds(t *testing.T) {
	w := newTenant(t)
	kansas := w.location(t, "Kansas")
	page, err := w.ListOffers(t.Context(), cloud.OfferQuery{LocationID: kansas}, cloud.PageRequest{})
	got := pick(t, page.Items, err, func(o cloud.Offer) bool { return o.ID == "gpu_2x_a6000" })
	if len(got.With) != 2 || !strings.HasPrefix(got.With[0], "series_id=") {
		t.Errorf("with %q", got.With)
	}
	want := cloud.Offer{
		ID: "gpu_2x_a6000", Account: "gpcn", Name: "NVIDIA RTX A6000", Block: "gpcn_gpu", Field: "sku_code",
		With: []string{got.With[0], "gpu_count=2"}, GPUs: []cloud.GPU{{Model: "NVIDIA RTX A6000", Count: 2}},
		VCPUs: new(14), RAMGB: new(96), StorageGB: new(512), Total: cloud.UnknownPrice("GPCN publishes no prices in its API"),
		InStock: new(true), Stock: []cloud.Stock{{LocationID: kansas}}, Note: "Memory is in GiB.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got\n", diff)
	}
}

func TestOfferPages(t *testing.T) {
	w := newTenant(t)
	all, err := w.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var got []cloud.Offer
	for o, err := range cloud.All(t.Context(), 2, func(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.Offer], error) {
		p, err := w.ListOffers(ctx, cloud.OfferQuery{}, page)
		return p.Page, err
	}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o)
	}
	if diff := cmp.Diff(all.Items, got); diff != "" {
		t.Error("-want +got\n", diff)
	}
	_, err = w.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{Cursor: "-1"})
	refused(t, err, cloud.ErrInvalid, "cursor")
}

func TestOffersWithoutGPUs(t *testing.T) {
	off := newTenant(t).as(t, sandbox.NoGPUKey)
	page, err := off.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
	if err != nil || len(page.Items) != 4 || len(page.Partial) != 0 || len(page.Closed) != 1 || !strings.Contains(page.Closed[0], "GPU feature") {
		t.Errorf("the feature is off: %d offers, partial %q, closed %q, %v", len(page.Items), page.Partial, page.Closed, err)
	}
	_, err = off.GetOffer(t.Context(), "gpu_2x_a6000")
	if e := refused(t, err, cloud.ErrForbidden, "not shown"); !strings.Contains(e.Hint, "GPU feature") {
		t.Errorf("hint %q", e.Hint)
	}
	for name, c := range map[string]struct {
		arrange func(*testing.T, tenant) tenant
		partial string
	}{
		"the provider is down": {func(_ *testing.T, w tenant) tenant {
			w.house.sandbox.SetGPUProvider(true)
			return w
		}, "cannot be reached"},
		"the inventory fails": {func(_ *testing.T, w tenant) tenant {
			w.house.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: "*/inventory", Times: 9})
			return w
		}, "cloud_unavailable (HTTP 503)"},
	} {
		t.Run(name, func(t *testing.T) {
			w := c.arrange(t, newTenant(t))
			page, err := w.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
			if err != nil || len(page.Items) != 4 || len(page.Partial) != 1 || !strings.Contains(page.Partial[0], c.partial) {
				t.Errorf("%d offers, partial %q, %v", len(page.Items), page.Partial, err)
			}
			_, err = w.GetOffer(t.Context(), "gpu_2x_a6000")
			refused(t, err, cloud.ErrUnavailable, "not all lists")
		})
	}
}

func TestOffersOfOnePlaceThatFails(t *testing.T) {
	w := newTenant(t)
	chicago := w.location(t, "Chicago")
	w.house.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: "*" + string(chicago) + "/virtual-machine-sizes", Times: 9})
	page, err := w.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
	if err != nil || len(page.Partial) != 1 || !strings.Contains(page.Partial[0], string(chicago)) {
		t.Errorf("partial %q, %v", page.Partial, err)
	}
}

func TestGetOffer(t *testing.T) {
	w := newTenant(t)
	want := w.offer(t, "G-Small-1")
	got, err := w.GetOffer(t.Context(), want.ID)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	_, err = w.GetOffer(t.Context(), "g-small-1")
	offersID(t, refused(t, err, cloud.ErrUnknownID, "offer_id"), string(want.ID))
	_, err = w.ListOffers(t.Context(), cloud.OfferQuery{LocationID: nobody}, cloud.PageRequest{})
	refused(t, err, cloud.ErrUnknownID, "location_id")
}

func TestImages(t *testing.T) {
	w := newTenant(t)
	page, err := w.ListImages(t.Context(), cloud.ImageQuery{LocationID: w.location(t, "Chicago")}, cloud.PageRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range page.Items {
		got = append(got, i.Category+": "+i.Name+" takes "+strings.Join(i.Takes, " ")+"; "+i.Note)
	}
	want := []string{
		"Linux: Ubuntu 24.04 LTS takes ssh_key password username; ", "Linux: Alma Linux 9.x takes ssh_key password username; ",
		"Windows: Windows 2022 Standard takes password; ", "Network/Security: VyOS 1.5 Appliance takes ; It takes no login; leave auth_method out.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got\n", diff)
	}
	if !slices.Contains(page.ReservedUsernames, "root") {
		t.Errorf("reserved names %q", page.ReservedUsernames)
	}
	_, err = w.ListImages(t.Context(), cloud.ImageQuery{}, cloud.PageRequest{})
	refused(t, err, cloud.ErrInvalid, "location_id")
	_, err = w.ListImages(t.Context(), cloud.ImageQuery{LocationID: nobody}, cloud.PageRequest{})
	refused(t, err, cloud.ErrUnknownID, "location_id")
}

func TestNetworksAndGroups(t *testing.T) {
	w := newTenant(t)
	networks, err := w.ListNetworks(t.Context(), cloud.PageRequest{})
	got := pick(t, networks.Items, err, func(n cloud.Network) bool { return n.Name == "backend-l2" })
	want := cloud.Network{ID: got.ID, Account: "gpcn", Name: "backend-l2", Type: "custom", LocationID: w.location(t, "Kansas"), CIDR: "192.168.50.0/24"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got\n", diff)
	}
	groups, err := w.ListResourceGroups(t.Context(), cloud.PageRequest{Limit: 1})
	if err != nil || len(groups.Items) != 1 || groups.Items[0].Name != "production" || groups.Next == "" {
		t.Errorf("%+v %v", groups, err)
	}
}

func TestSSHKeys(t *testing.T) {
	w := newTenant(t)
	page, err := w.ListSSHKeys(t.Context(), cloud.PageRequest{})
	key := pick(t, page.Items, err, func(k cloud.SSHKey) bool { return k.Name == "ops-laptop" })
	if key.Type != "ED25519" || !strings.HasPrefix(key.Fingerprint, "SHA256:") || key.CreatedAt == nil {
		t.Errorf("%+v", key)
	}
	long := strings.Repeat("é", 30)
	renamed, err := w.RenameSSHKey(t.Context(), key.ID, long)
	if err != nil || renamed.Name != long || renamed.ID != key.ID || renamed.Fingerprint != key.Fingerprint {
		t.Errorf("%+v %v", renamed, err)
	}
	before := w.writes()
	for _, name := range []string{"", long + "x", "a\u200bb"} {
		_, err = w.RenameSSHKey(t.Context(), key.ID, name)
		refused(t, err, cloud.ErrInvalid, "1 to 30 visible characters")
	}
	_, err = w.RenameSSHKey(t.Context(), "ops-laptop", "x")
	refused(t, err, cloud.ErrUnknownID, "")
	if w.writes() != before {
		t.Error("something was sent")
	}
	_, err = w.RenameSSHKey(t.Context(), nobody, "x")
	refused(t, err, cloud.ErrUnknownID, "")
}

func TestRenamedKeyThatCannotBeReadBackIsRenamed(t *testing.T) {
	w := newTenant(t)
	id := w.key(t, "ops-laptop")
	w.house.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Method: "GET", Path: "*/" + string(id), Times: 9})
	key, err := w.RenameSSHKey(t.Context(), id, "other")
	if want := (cloud.SSHKey{ID: id, Account: "gpcn", Name: "other"}); err != nil || key != want {
		t.Errorf("%+v %v", key, err)
	}
}
