package gpcn_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
)

// blue is a network that can be made.
func (w tenant) blue(t *testing.T) cloud.NetworkSpec {
	t.Helper()
	return cloud.NetworkSpec{LocationID: w.location(t, "Kansas"), Type: "standard", NetworkUpdate: cloud.NetworkUpdate{
		Name: new("blue"), CIDR: new("10.40.0.0/24"), DHCPRange: &cloud.AddressRange{First: "10.40.0.50", Last: "10.40.0.99"},
	}}
}

// The rules of a network, each of which stops the plan before anything is sent.
func TestEveryRuleOfNetworks(t *testing.T) {
	w := newTenant(t)
	for name, c := range map[string]struct {
		change func(*cloud.NetworkSpec)
		field  string
	}{
		"another type":                  {func(s *cloud.NetworkSpec) { s.Type = "vpc" }, "network_type"},
		"SNAT on a custom one":          {func(s *cloud.NetworkSpec) { s.Type, s.SNAT = "custom", new(false) }, "snat"},
		"standard without addresses":    {func(s *cloud.NetworkSpec) { s.CIDR, s.DHCPRange = nil, nil }, "cidr"},
		"no name":                       {func(s *cloud.NetworkSpec) { s.Name = new("") }, "name"},
		"a name of 256":                 {func(s *cloud.NetworkSpec) { s.Name = new(strings.Repeat("x", 256)) }, "name"},
		"a name that hides":             {func(s *cloud.NetworkSpec) { s.Name = new("blue\u200b") }, "name"},
		"not at its network address":    {func(s *cloud.NetworkSpec) { s.CIDR = new("10.40.0.1/24") }, "cidr"},
		"no addresses":                  {func(s *cloud.NetworkSpec) { s.CIDR, s.DHCPRange = new("blue"), nil }, "cidr"},
		"IPv6":                          {func(s *cloud.NetworkSpec) { s.CIDR, s.DHCPRange = new("fd00::/64"), nil }, "cidr"},
		"one end only":                  {func(s *cloud.NetworkSpec) { s.DHCPRange.Last = "" }, "dhcp_start"},
		"ends of text":                  {func(s *cloud.NetworkSpec) { s.DHCPRange.First = "low" }, "dhcp_start"},
		"ends with a space":             {func(s *cloud.NetworkSpec) { s.DHCPRange.First = " 10.40.0.50" }, "dhcp_start"},
		"ends outside":                  {func(s *cloud.NetworkSpec) { s.DHCPRange.Last = "10.41.0.1" }, "dhcp_start"},
		"ends the wrong way":            {func(s *cloud.NetworkSpec) { s.DHCPRange.Last = "10.40.0.2" }, "dhcp_end"},
		"ends of a network without any": {func(s *cloud.NetworkSpec) { s.Type, s.CIDR = "custom", nil }, "cidr"},
		"ends without DHCP":             {func(s *cloud.NetworkSpec) { s.DHCP = new(false) }, "dhcp"},
		"a router of text":              {func(s *cloud.NetworkSpec) { s.Router = new("gate") }, "default_route_via"},
		"a router without a route":      {func(s *cloud.NetworkSpec) { s.Router, s.DefaultRoute = new("10.40.0.1"), new(false) }, "default_route"},
		"a name server of text":         {func(s *cloud.NetworkSpec) { s.DNSServers = &[]string{"8.8.8.8", "dns"} }, "dns_servers[1]"},
		"name servers that nobody told": {func(s *cloud.NetworkSpec) { s.DNSServers, s.ServeDNS = &[]string{"8.8.8.8"}, new(false) }, "serve_dns"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := w.blue(t)
			c.change(&spec)
			_, err := w.PlanNetwork(t.Context(), spec)
			if e := refused(t, err, cloud.ErrInvalid, ""); len(e.Issues) != 1 || e.Issues[0].Field != c.field {
				t.Errorf("issues %+v, want one of %s", e.Issues, c.field)
			}
		})
	}
	for name, c := range map[string]struct {
		change func(*cloud.NetworkSpec)
		kind   cloud.ErrorKind
		offers string
	}{
		"a name that is taken": {func(s *cloud.NetworkSpec) { s.Name = new("web-net") }, cloud.ErrBlocked, string(w.network(t, "web-net"))},
		"a name for a place":   {func(s *cloud.NetworkSpec) { s.LocationID = "Kansas" }, cloud.ErrUnknownID, string(w.location(t, "Kansas"))},
	} {
		spec := w.blue(t)
		c.change(&spec)
		_, err := w.PlanNetwork(t.Context(), spec)
		if e := refused(t, err, c.kind, ""); !slices.ContainsFunc(e.Candidates, func(o cloud.Candidate) bool { return o.ID == c.offers }) {
			t.Errorf("%s: candidates %+v", name, e.Candidates)
		}
	}
	if w.writes() != 0 {
		t.Error("something was sent")
	}
}

// Fields that are not given are sent as by the vendor's Terraform provider, and the
// network has the requested settings.
func TestNetworkFromPlanToEnd(t *testing.T) {
	w := newTenant(t)
	spec := w.blue(t)
	spec.DNSServers = &[]string{"9.9.9.9", "1.1.1.1"}
	plan, err := w.PlanNetwork(t.Context(), spec)
	if err != nil || !slices.Contains(plan.Facts, cloud.Fact{Label: "dhcp_range", Value: "10.40.0.50 to 10.40.0.99"}) || !slices.Contains(plan.Facts, cloud.Fact{Label: "snat", Value: "true"}) {
		t.Fatalf("%+v %v", plan, err)
	}
	renamed := spec
	renamed.Name = new("other")
	if other, err := w.PlanNetwork(t.Context(), renamed); err != nil || other.Equal != plan.Equal || plan.Equal == "" {
		t.Errorf("equal %q and %q (%v)", plan.Equal, other.Equal, err)
	}
	made, err := w.CreateNetwork(t.Context(), spec)
	if err != nil || made.ID == "" || len(made.Jobs) != 1 {
		t.Fatal(made, err)
	}
	search := cloud.NameSearch{Name: "blue", Since: w.house.kit.Clock.Now()}
	if found, err := w.FindNetwork(t.Context(), search); err != nil || found.ID != "" || len(found.Possible) != 0 {
		t.Errorf("before its job is done: %+v %v", found, err)
	}
	w.later(3 * time.Second)
	if jobs, err := w.ReadJobs(t.Context(), made.Jobs); err != nil || jobs[0].State != cloud.JobDone || jobs[0].MadeID != string(made.ID) {
		t.Error(jobs, err)
	}
	found, err := w.FindNetwork(t.Context(), search)
	if err != nil || found.ID != string(made.ID) {
		t.Errorf("found %+v (%v)", found, err)
	}
	n, err := w.GetNetwork(t.Context(), made.ID)
	if err != nil || n.Name != "blue" || n.Gateway != "10.40.0.1" || !*n.SNAT || *n.Connected != 0 || n.DHCPRanges[0] != *spec.DHCPRange || !slices.Equal(n.DNSServers, *spec.DNSServers) {
		t.Errorf("%+v (%v)", n, err)
	}
	if says, err := w.PlanNetworkDeletion(t.Context(), n); err != nil || !strings.Contains(says[0], "cannot be undone") {
		t.Error(says, err)
	}
	ended, err := w.DeleteNetwork(t.Context(), made.ID)
	if err != nil || len(ended.Jobs) != 1 {
		t.Fatal(ended, err)
	}
	w.later(3 * time.Second)
	_, err = w.GetNetwork(t.Context(), made.ID)
	refused(t, err, cloud.ErrUnknownID, "")
}

// A custom network is a bare link: everything is off unless it is asked for.
func TestCustomNetworkIsBare(t *testing.T) {
	w := newTenant(t)
	spec := cloud.NetworkSpec{LocationID: w.location(t, "Kansas"), Type: "custom", NetworkUpdate: cloud.NetworkUpdate{Name: new("link")}}
	made, err := w.CreateNetwork(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	requests := w.house.kit.Requests(vendor)
	body := string(requests[len(requests)-1].Body)
	if want := `"networkType":"custom","dhcpServerEnabled":false,"defaultRouteEnabled":false,"serveDNSServersEnabled":false}`; !strings.HasSuffix(body, want) {
		t.Errorf("sent %s, want an end of %s", body, want)
	}
	w.later(3 * time.Second)
	if n, err := w.GetNetwork(t.Context(), made.ID); err != nil || n.CIDR != "" || n.Gateway != "" || n.DHCPRanges != nil || n.DNSServers != nil || *n.SNAT {
		t.Errorf("%+v %v", n, err)
	}
}

func TestNetworkUpdates(t *testing.T) {
	w := newTenant(t)
	n, err := w.GetNetwork(t.Context(), w.network(t, "web-net"))
	if err != nil || len(n.VMs) != 3 || n.VMs[0].Name != sandbox.RunningVM || n.VMs[0].PrivateIP != "10.20.0.10" {
		t.Fatal(n, err)
	}
	for name, c := range map[string]struct {
		update cloud.NetworkUpdate
		kind   cloud.ErrorKind
		says   string
	}{
		"another's name":                  {cloud.NetworkUpdate{Name: new("chi-net")}, cloud.ErrBlocked, "has this name"},
		"ends outside of what it has":     {cloud.NetworkUpdate{DHCPRange: &cloud.AddressRange{First: "10.21.0.1", Last: "10.21.0.9"}}, cloud.ErrInvalid, "within 10.20.0.0/24"},
		"addresses away from what it has": {cloud.NetworkUpdate{CIDR: new("10.60.0.0/24")}, cloud.ErrInvalid, "give dhcp_start and dhcp_end too"},
	} {
		_, err := w.PlanNetworkUpdate(t.Context(), n, c.update)
		if e := cloudError(t, err); e.Kind != c.kind || !strings.Contains(e.Message, c.says) {
			t.Errorf("%s: %v", name, e)
		}
	}
	for _, c := range []struct {
		update cloud.NetworkUpdate
		says   int
	}{{cloud.NetworkUpdate{Name: new("front"), Description: new("")}, 1}, {cloud.NetworkUpdate{ServeDNS: new(false)}, 2}} {
		if says, err := w.PlanNetworkUpdate(t.Context(), n, c.update); err != nil || len(says) != c.says || c.update.OnlyRecords() != (c.says == 1) {
			t.Error(says, err)
		}
	}
	update := cloud.NetworkUpdate{Name: new("front"), DefaultRoute: new(false), DNSServers: &[]string{"9.9.9.9"}}
	if err := w.UpdateNetwork(t.Context(), n.ID, update); err != nil {
		t.Fatal(err)
	}
	after, err := w.GetNetwork(t.Context(), n.ID)
	if err != nil || after.Name != "front" || after.Gateway != "" || !slices.Equal(after.DNSServers, []string{"9.9.9.9"}) || after.CIDR != n.CIDR || after.DHCPRanges[0] != n.DHCPRanges[0] {
		t.Errorf("%+v %v", after, err)
	}
}

// A network that machines are on, by the list or by the count, is not deleted.
func TestNetworkInUseIsNotDeleted(t *testing.T) {
	w := newTenant(t)
	n, err := w.GetNetwork(t.Context(), w.network(t, "web-net"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.PlanNetworkDeletion(t.Context(), n)
	if e := refused(t, err, cloud.ErrBlocked, "machines on the network, 3"); len(e.Issues) != 3 || e.Issues[0].Message != sandbox.RunningVM {
		t.Errorf("%+v", e.Issues)
	}
	n.VMs = nil
	_, err = w.PlanNetworkDeletion(t.Context(), n)
	refused(t, err, cloud.ErrBlocked, "0 that GPCN lists")
	_, err = w.DeleteNetwork(t.Context(), n.ID)
	refused(t, err, cloud.ErrBlocked, "attached")
}

func TestNetworksThatOnlyMayBeTheOne(t *testing.T) {
	since := time.Date(2026, 5, 19, 14, 0, 0, 0, time.UTC)
	row := func(id, name, created string) string {
		return fmt.Sprintf(`{"id":%q,"name":%q,"createdAt":%q}`, id, name, created)
	}
	const fresh, old, doubtful = "2026-05-19T14:00:05.000Z", "2026-05-18T14:00:05.000Z", "2026-05-19T13:50:00.000Z"
	for name, c := range map[string]struct {
		rows     []string
		id       string
		possible int
	}{
		"one":                    {[]string{row(someID, "blue", fresh), row(nobody, "red", fresh)}, someID, 0},
		"one from before":        {[]string{row(someID, "blue", old)}, "", 0},
		"none":                   {nil, "", 0},
		"a clock that is wrong":  {[]string{row(someID, "blue", doubtful)}, "", 1},
		"a wrong one and one":    {[]string{row(nobody, "blue", doubtful), row(someID, "blue", fresh)}, someID, 0},
		"two":                    {[]string{row(someID, "blue", fresh), row(nobody, "blue", fresh)}, "", 2},
		"one that tells no time": {[]string{row(someID, "blue", "")}, "", 1},
	} {
		provider := routed(t, map[string]string{"GET /networks": `{"success":true,"data":[` + strings.Join(c.rows, ",") + `]}`})
		found, err := provider.FindNetwork(t.Context(), cloud.NameSearch{Name: "blue", Since: since})
		if err != nil || found.ID != c.id || len(found.Possible) != c.possible {
			t.Errorf("%s: %+v %v", name, found, err)
		}
	}
}

// Name servers are sent as one text and read in both ways that the sources show.
func TestNameServersInBothForms(t *testing.T) {
	for _, body := range []string{`"8.8.8.8, 1.1.1.1"`, `"8.8.8.8,1.1.1.1"`, `["8.8.8.8","1.1.1.1"]`} {
		if got := decode[gpcn.DNSServers](t, []byte(body)); !slices.Equal(got, gpcn.DNSServers{"8.8.8.8", "1.1.1.1"}) {
			t.Errorf("%s is %q", body, got)
		}
	}
	raw, err := json.Marshal(gpcn.NetworkSettings{DNSServers: gpcn.DNSServers{"8.8.8.8", "1.1.1.1"}})
	if err != nil || string(raw) != `{"dnsServers":"8.8.8.8, 1.1.1.1"}` {
		t.Errorf("%s %v", raw, err)
	}
}

// The errors for each status of the newer operations.
func TestStatusesOfOperations(t *testing.T) {
	operations := map[string]func(context.Context, *gpcn.Client) error{
		"create": func(ctx context.Context, c *gpcn.Client) error {
			_, err := c.CreateNetwork(ctx, gpcn.NetworkCreate{})
			return err
		},
		"update": func(ctx context.Context, c *gpcn.Client) error {
			return c.UpdateNetwork(ctx, documentedID, gpcn.NetworkUpdate{})
		},
		"delete": func(ctx context.Context, c *gpcn.Client) error {
			_, err := c.DeleteNetwork(ctx, documentedID)
			return err
		},
		"add": func(ctx context.Context, c *gpcn.Client) error {
			_, err := c.AddInterface(ctx, documentedID, documentedID)
			return err
		},
		"primary": func(ctx context.Context, c *gpcn.Client) error {
			return c.SetPrimaryInterface(ctx, documentedID, documentedID)
		},
		"create group": func(ctx context.Context, c *gpcn.Client) error {
			_, err := c.CreateResourceGroup(ctx, gpcn.ResourceGroupSettings{})
			return err
		},
		"delete group": func(ctx context.Context, c *gpcn.Client) error { return c.DeleteResourceGroup(ctx, documentedID) },
		"rescue": func(ctx context.Context, c *gpcn.Client) error {
			_, err := c.RescueVM(ctx, documentedID, gpcn.RescueOrder{})
			return err
		},
		"end rescue": func(ctx context.Context, c *gpcn.Client) error {
			_, err := c.EndRescue(ctx, documentedID)
			return err
		},
		"delete GPUs": func(ctx context.Context, c *gpcn.Client) error {
			_, err := c.DeleteGPUs(ctx, documentedID)
			return err
		},
		"allocate": func(ctx context.Context, c *gpcn.Client) error {
			_, err := c.AllocatePublicIP(ctx, documentedID, documentedID)
			return err
		},
	}
	for status, want := range map[int]cloud.ErrorKind{
		400: cloud.ErrInvalid, 401: cloud.ErrUnauthorized, 403: cloud.ErrForbidden, 404: cloud.ErrUnknownID, 409: cloud.ErrBlocked,
		422: cloud.ErrInvalid, 429: cloud.ErrRateLimited, 500: cloud.ErrUnavailable, 503: cloud.ErrUnavailable,
	} {
		for name, call := range operations {
			body := fmt.Sprintf(`{"success":false,"message":"no","error":{"code":"x","statusCode":%d,"details":null}}`, status)
			if e := cloudError(t, call(t.Context(), answering(t, status, body))); e.Kind != want || e.Ambiguous != (status >= 500) {
				t.Errorf("%s, %d: %s, ambiguous %t", name, status, e.Kind, e.Ambiguous)
			}
		}
	}
}
