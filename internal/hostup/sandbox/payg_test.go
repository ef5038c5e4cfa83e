package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"countersign/internal/hostup"
	"countersign/internal/hostup/sandbox"
)

const deployments = "/api/v2/vps/payg/deployments"

func deployment(name string, cpu, memory, storage int) string {
	return fmt.Sprintf(`{"name":%q,"cpuCores":%d,"memoryGb":%d,"storageGb":%d,"region":"stockholm"}`, name, cpu, memory, storage)
}

// limits are the numbers of a limits answer: current, max and remaining.
func limits(t *testing.T, s *sandbox.Sandbox) [3][4]int {
	t.Helper()
	answer := read[hostup.PAYGLimits](t, s, "/api/v2/vps/payg/limits")
	var out [3][4]int
	for i, amounts := range []hostup.PAYGAmounts{answer.Current, answer.Max, answer.Remaining} {
		for n, number := range []hostup.Number{amounts.CPUCores, amounts.MemoryGB, amounts.StorageGB, amounts.InstanceCount} {
			value, ok := number.Int()
			if !ok {
				t.Fatalf("limit %q is no whole number", number)
			}
			out[i][n] = value
		}
	}
	return out
}

func TestDeployStory(t *testing.T) {
	kit, s := newSandbox()
	sample := [3][4]int{{4, 8, 120, 2}, {16, 64, 1000, 10}, {12, 56, 880, 8}}
	if diff := cmp.Diff(sample, limits(t, s)); diff != "" {
		t.Errorf("limits at first (-page +got):\n%s", diff)
	}
	w := send(s, "Bearer k", "POST", deployments, deployment("web-01", 2, 4, 80))
	made := decode[hostup.Deployed](t, w)
	if w.Code != 200 || made.Status != "provisioning" {
		t.Fatalf("deploy answered %d: %s", w.Code, w.Body)
	}
	if diff := cmp.Diff([3][4]int{{6, 12, 200, 3}, {16, 64, 1000, 10}, {10, 52, 800, 7}}, limits(t, s)); diff != "" {
		t.Errorf("limits after the deployment (-want +got):\n%s", diff)
	}
	server := path(made.VPSID)
	if v := read[hostup.VPS](t, s, server); *v.PowerState != hostup.PowerProvisioning || v.ServiceStatus != hostup.ServicePending || v.PrimaryIP != nil || !v.Billing.IsPAYG {
		t.Errorf("at once: %+v", v)
	}
	refused(t, s, "POST", server+"/actions/stop", "", 409, "vps_not_ready")
	kit.Clock.Advance(30 * time.Second)
	if v := read[hostup.VPS](t, s, server); *v.PowerState != hostup.PowerRunning || v.ServiceStatus != hostup.ServiceActive || v.PrimaryIP == nil {
		t.Errorf("when it is made: %+v", v)
	}
	if w := send(s, "Bearer k", "POST", server+"/actions/cancel", `{"cancelType":"immediate"}`); w.Code != 200 {
		t.Fatalf("cancel answered %d: %s", w.Code, w.Body)
	}
	kit.Clock.Advance(time.Minute)
	if diff := cmp.Diff(sample, limits(t, s)); diff != "" {
		t.Errorf("limits at last (-want +got):\n%s", diff)
	}
}

func TestTheSameNameBuysTwice(t *testing.T) {
	_, s := newSandbox()
	before := len(s.VPS())
	for range 2 {
		if w := send(s, "Bearer k", "POST", deployments, deployment("web-01", 1, 1, 50)); w.Code != 200 {
			t.Fatalf("deploy answered %d: %s", w.Code, w.Body)
		}
	}
	if made := len(s.VPS()) - before; made != 2 {
		t.Errorf("%d servers were made", made)
	}
}

func TestADeploymentThatIsDoneAndAnswers502(t *testing.T) {
	_, s := newSandbox()
	s.LoseNextDeploy()
	before := len(s.VPS())
	refused(t, s, "POST", deployments, deployment("web-01", 1, 1, 50), 502, "upstream_cloud_quick_deploy_shape_invalid")
	all := s.VPS()
	if len(all) != before+1 || all[before].Name != "web-01" {
		t.Errorf("%d servers, was %d", len(all), before)
	}
	if w := send(s, "Bearer k", "POST", deployments, deployment("web-02", 1, 1, 50)); w.Code != 200 {
		t.Errorf("the next deployment answered %d: %s", w.Code, w.Body)
	}
}

func TestBlockedDeployments(t *testing.T) {
	tests := []struct {
		name   string
		body   string
		noCard bool
		want   []string
	}{
		{"one core too many", deployment("web", 13, 1, 50), false, []string{"cpu_limit_exceeded"}},
		{"all that is left", deployment("web", 12, 56, 880), false, nil},
		{"everything too large", deployment("web", 32, 256, 2000), false, []string{"cpu_limit_exceeded", "memory_limit_exceeded", "storage_limit_exceeded"}},
		{"no card", deployment("web", 1, 1, 50), true, []string{"no_card_on_file"}},
		{"no card and too large", deployment("web", 13, 1, 50), true, []string{"no_card_on_file", "cpu_limit_exceeded"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, s := newSandbox()
			s.SetNoCard(tt.noCard)
			before := len(s.VPS())
			if tt.want == nil {
				if w := send(s, "Bearer k", "POST", deployments, tt.body); w.Code != 200 {
					t.Errorf("answered %d: %s", w.Code, w.Body)
				}
				return
			}
			p := refused(t, s, "POST", deployments, tt.body, 403, "forbidden")
			if diff := cmp.Diff(tt.want, p.BlockerReasons); diff != "" {
				t.Errorf("blockers (-want +got):\n%s", diff)
			}
			if len(s.VPS()) != before {
				t.Error("a server was made")
			}
		})
	}
}

func TestTheEleventhServerIsRefused(t *testing.T) {
	_, s := newSandbox()
	for n := range 8 {
		if w := send(s, "Bearer k", "POST", deployments, deployment(fmt.Sprintf("web-%d", n), 1, 1, 50)); w.Code != 200 {
			t.Fatalf("deploy %d answered %d: %s", n, w.Code, w.Body)
		}
	}
	p := refused(t, s, "POST", deployments, deployment("web-9", 1, 1, 50), 403, "forbidden")
	if diff := cmp.Diff([]string{"instance_limit_exceeded"}, p.BlockerReasons); diff != "" {
		t.Errorf("blockers (-want +got):\n%s", diff)
	}
}

func TestDeploymentBodies(t *testing.T) {
	tests := []struct{ body, pointer, code string }{
		{deployment("ab", 1, 1, 50), "/name", "invalid_format"},
		{deployment("web_01", 1, 1, 50), "/name", "invalid_format"},
		{deployment("web", 0, 1, 50), "/cpuCores", "out_of_range"},
		{deployment("web", 33, 1, 50), "/cpuCores", "out_of_range"},
		{deployment("web", 1, 257, 50), "/memoryGb", "out_of_range"},
		{deployment("web", 1, 1, 49), "/storageGb", "out_of_range"},
		{deployment("web", 1, 1, 2001), "/storageGb", "out_of_range"},
		{`{"name":"web","cpuCores":1,"memoryGb":1,"storageGb":50,"region":"malmo"}`, "/region", "invalid_value"},
		{`{"name":"web","cpuCores":1,"memoryGb":1,"storageGb":50}`, "/region", "missing_required"},
		{`{"name":"web","cpuCores":"1","memoryGb":1,"storageGb":50,"region":"stockholm"}`, "/cpuCores", "invalid_type"},
		{`{"name":"web","cpuCores":1.5,"memoryGb":1,"storageGb":50,"region":"stockholm"}`, "/cpuCores", "invalid_type"},
		{`{"name":"web","cpuCores":1,"memoryGb":1,"storageGb":50,"region":"stockholm","sshKeys":[]}`, "/sshKeys", "unknown_field"},
	}
	_, s := newSandbox()
	before := len(s.VPS())
	for _, tt := range tests {
		p := refused(t, s, "POST", deployments, tt.body, 400, "invalid_request")
		if len(p.Errors) != 1 || p.Errors[0].Pointer != tt.pointer || p.Errors[0].Code != tt.code {
			t.Errorf("%s: issues %+v, want %s %s", tt.body, p.Errors, tt.pointer, tt.code)
		}
	}
	if p := refused(t, s, "POST", deployments, ``, 400, "invalid_request"); len(p.Errors) != 0 {
		t.Errorf("no body: issues %+v", p.Errors)
	}
	if len(s.VPS()) != before {
		t.Error("a server was made")
	}
}

func TestPreflight(t *testing.T) {
	_, s := newSandbox()
	options := read[hostup.DeploymentOptions](t, s, deployments)
	if !options.Available || !options.Actions.Get(hostup.CanDeploy).Allowed || !options.Access.HasCard || options.Reason != nil {
		t.Errorf("with a card: %+v", options)
	}
	if len(options.Regions) != 1 || options.Regions[0].ID != options.Defaults.RegionID {
		t.Errorf("regions %+v, default %s", options.Regions, options.Defaults.RegionID)
	}
	s.SetNoCard(true)
	options = read[hostup.DeploymentOptions](t, s, deployments)
	gate := options.Actions.Get(hostup.CanDeploy)
	if options.Available || gate.Allowed || *gate.Reason != *options.Reason || options.Access.HasCard {
		t.Errorf("without a card: %+v", options)
	}
	if diff := cmp.Diff([]string{"no_card_on_file"}, options.Access.BlockerReasons); diff != "" {
		t.Errorf("blockers (-want +got):\n%s", diff)
	}
}

func TestBreakdownAddsUp(t *testing.T) {
	kit, s := newSandbox()
	server := named(t, s, sandbox.StoppedPAYG) // 2 cores, 4 GB, 70 GB
	tests := []struct {
		month string
		start string
		want  []hostup.Number // cpu, memory, storage, ipv4, sum
	}{
		{"April has 720 hours", "2026-04-01T00:00:00.000Z", []hostup.Number{"172.8", "115.2", "151.2", "14.4", "453.6"}},
		{"May has 744 hours", "2026-05-01T00:00:00.000Z", []hostup.Number{"178.56", "119.04", "156.24", "14.88", "468.72"}},
	}
	for _, tt := range tests {
		estimate := read[hostup.BillingBreakdown](t, s, server+"/billing-breakdown").Estimate
		got := []hostup.Number{}
		var sum decimal.Decimal
		for _, item := range estimate.LineItems {
			got = append(got, item.EstimatedAmount)
			amount, _ := item.EstimatedAmount.Decimal()
			sum = sum.Add(amount)
		}
		got = append(got, estimate.EstimatedMonthlyAmount)
		if diff := cmp.Diff(tt.want, got); diff != "" || estimate.Period.StartAt != tt.start {
			t.Errorf("%s from %s (-want +got):\n%s", tt.month, estimate.Period.StartAt, diff)
		}
		if sum.String() != string(estimate.EstimatedMonthlyAmount) {
			t.Errorf("%s: the items add up to %s", tt.month, sum)
		}
		kit.Clock.Advance(30 * 24 * time.Hour)
	}
	plan := read[hostup.BillingBreakdown](t, s, named(t, s, sandbox.PlanVPS)+"/billing-breakdown")
	if plan.Estimate != nil || plan.ActualsNote == nil {
		t.Errorf("a server of a plan: %+v", plan)
	}
}

func TestActivityPages(t *testing.T) {
	_, s := newSandbox()
	first := read[hostup.Activity](t, s, "/api/v2/billing/activity?kind=transaction")
	second := read[hostup.Activity](t, s, "/api/v2/billing/activity?kind=transaction&page=1")
	beyond := read[hostup.Activity](t, s, "/api/v2/billing/activity?kind=transaction&page=9")
	credit := read[hostup.Activity](t, s, "/api/v2/billing/activity?kind=credit")
	got := []int{len(first.Entries), len(second.Entries), len(beyond.Entries), len(credit.Entries)}
	if diff := cmp.Diff([]int{10, 2, 0, 3}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if !first.HasMore || second.HasMore || beyond.HasMore || credit.HasMore || credit.Kind != hostup.ActivityCredit {
		t.Errorf("more: %v %v %v %v", first.HasMore, second.HasMore, beyond.HasMore, credit.HasMore)
	}
	for _, query := range []string{"", "?kind=everything", "?kind=credit&page=0", "?kind=transaction&page=-1", "?kind=transaction&page=x"} {
		refused(t, s, "GET", "/api/v2/billing/activity"+query, "", 400, "invalid_request")
	}
}

func TestProducts(t *testing.T) {
	_, s := newSandbox()
	list := read[hostup.ProductList](t, s, "/api/v2/products/vps?limit=2")
	if len(list.Data) != 2 || list.NextCursor == nil || list.Data[0].Slug != "vps-xs" || list.Data[0].Billing.Amount != "99" {
		t.Errorf("first page: %+v", list)
	}
	all := read[hostup.ProductList](t, s, "/api/v2/products/vps?locale=sv").Data
	if len(all) != 5 || !*all[0].Available || *all[4].Available {
		t.Errorf("products: %+v", all)
	}
}

func TestArrangingServers(t *testing.T) {
	_, s := newSandbox()
	control := s.Control()
	first := s.VPS()[0]
	const root = "/_sandbox/hostup"
	if w := send(control, "", "POST", root+"/vps/"+string(first.ID)+"/rename", `{"name":"renamed behind your back"}`); w.Code != 200 {
		t.Errorf("rename answered %d %s", w.Code, w.Body)
	}
	if got := read[hostup.VPS](t, s, path(first.ID)).Name; got != "renamed behind your back" {
		t.Errorf("renamed to %q", got)
	}
	list := decode[struct{ VPS []hostup.VPS }](t, send(control, "", "GET", root+"/vps", ""))
	if diff := cmp.Diff(s.VPS(), list.VPS); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	for i, status := range []int{204, 404} {
		if w := send(control, "", "DELETE", root+"/vps/"+string(first.ID), ""); w.Code != status {
			t.Errorf("removal %d answered %d, want %d", i+1, w.Code, status)
		}
	}
	refused(t, s, "GET", path(first.ID), "", 404, "vps_not_found")

	for body, status := range map[string]int{`{"outcome":"502_after_done"}`: 204, `{"outcome":"explode"}`: 400, `{}`: 400, ``: 400} {
		if w := send(control, "", "POST", root+"/next-deploy", body); w.Code != status {
			t.Errorf("next-deploy %s answered %d, want %d", body, w.Code, status)
		}
	}
	refused(t, s, "POST", deployments, deployment("web", 1, 1, 50), 502, "upstream_cloud_quick_deploy_shape_invalid")
	if w := send(control, "", "POST", root+"/no-card", `{"on":true}`); w.Code != 204 {
		t.Errorf("no-card answered %d", w.Code)
	}
	refused(t, s, "POST", deployments, deployment("web", 1, 1, 50), 403, "forbidden")
	if w := send(control, "", "POST", root+"/next-job", `{"outcome":"fail"}`); w.Code != 204 {
		t.Errorf("next-job answered %d", w.Code)
	}

	plan, payg := s.PutPlanVPS("one"), s.PutPAYGVPS("two")
	if read[hostup.VPS](t, s, path(plan)).Billing.IsPAYG || !read[hostup.VPS](t, s, path(payg)).Billing.IsPAYG {
		t.Error("the servers are of the wrong kinds")
	}
}
