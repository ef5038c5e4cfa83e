package sandbox_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
)

func (s tenant) inventory(t *testing.T, query string) gpcn.Inventory {
	t.Helper()
	return data[gpcn.Inventory](t, s.ask("GET", base+"/gpu/inventory"+query, ""))
}

// skus are the SKUs that can be had, by series.
func skus(inventory gpcn.Inventory) map[string][]string {
	out := map[string][]string{}
	for _, series := range inventory.Series {
		out[series.Code] = []string{}
		for _, at := range series.Availability {
			for _, count := range at.GPUCounts {
				for _, sku := range count.AvailableSKUs {
					out[series.Code] = append(out[series.Code], sku.SKUCode)
				}
			}
		}
	}
	return out
}

// createGPU orders a machine of the first series, with members changed, added, or
// taken out by null.
func (s tenant) createGPU(t *testing.T, changes map[string]any) *httptest.ResponseRecorder {
	t.Helper()
	h := s.shop(t)
	members := map[string]any{
		"name": "gpu-box", "datacenterId": h.kansas, "seriesId": s.inventory(t, "").Series[0].ID, "gpuCount": 1, "sshKeyId": h.key,
	}
	for name, value := range changes {
		if members[name] = value; value == nil {
			delete(members, name)
		}
	}
	raw, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return s.ask("POST", base+"/gpu", string(raw))
}

type change = map[string]any

// The inventory lists only what is in stock; its filters remove whole series.
func TestInventory(t *testing.T) {
	s := newTenant()
	all := map[string][]string{
		"h100_series":             {"h100-pcie-80gb-1x", "h100-sxm-80gb-1x", "h100-sxm-80gb-2x"},
		"nvidia-rtx_a6000-series": {"gpu_1x_a6000", "gpu_2x_a6000"},
		"nvidia-h200-series":      {},
	}
	h := s.shop(t)
	for query, want := range map[string]map[string][]string{
		"":                           all,
		"?datacenterId=" + h.kansas:  all,
		"?datacenterId=" + h.chicago: {"h100_series": {}, "nvidia-rtx_a6000-series": {}, "nvidia-h200-series": {}},
		"?code=h100_series":          {"h100_series": all["h100_series"]},
		"?code=nothing":              {},
		"?count=2":                   {"h100_series": {"h100-sxm-80gb-2x"}, "nvidia-rtx_a6000-series": {"gpu_2x_a6000"}},
		"?count=8":                   {"h100_series": {}, "nvidia-h200-series": {}},
		"?count=4":                   {},
	} {
		if diff := cmp.Diff(want, skus(s.inventory(t, query))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	count := s.inventory(t, "").Series[0].Availability[0].GPUCounts[0]
	if diff := cmp.Diff(count.AvailableSKUs[0].Specs, count.Specs); diff != "" || len(count.AvailableSKUs) != 2 {
		t.Errorf("the specs are not those of the cheapest SKU:\n%s", diff)
	}
}

func TestRulesOfAGPUCreate(t *testing.T) {
	s := newTenant()
	for _, tt := range []struct {
		name    string
		changes change
		field   string
	}{
		{"no name", change{"name": nil}, "name"},
		{"no data center", change{"datacenterId": nil}, "datacenterId"},
		{"no series", change{"seriesId": nil}, "seriesId"},
		{"no count", change{"gpuCount": nil}, "gpuCount"},
		{"no key", change{"sshKeyId": nil}, "sshKeyId"},
		{"no series, although a SKU", change{"seriesId": nil, "skuCode": "gpu_1x_a6000"}, "seriesId"},
		{"name of a slash", change{"name": "a/b"}, "name"},
		{"series of no UUID", change{"seriesId": "h100_series"}, "seriesId"},
		{"count of three", change{"gpuCount": 3}, "gpuCount"},
		{"count of text", change{"gpuCount": "1"}, "gpuCount"},
		{"another image", change{"imageName": "debian-12"}, "imageName"},
		{"image of no UUID", change{"imageId": "ubuntu"}, "imageId"},
		{"group of no UUID", change{"resourceGroupId": "g"}, "resourceGroupId"},
		{"SKU of another series", change{"skuCode": "gpu_1x_a6000"}, "skuCode"},
		{"SKU of another count", change{"skuCode": "h100-sxm-80gb-2x"}, "skuCode"},
		{"SKU of a number", change{"skuCode": 1}, "skuCode"},
		{"username that begins with a digit", change{"username": "1user"}, "username"},
		{"short username", change{"username": "me"}, "username"},
		{"unknown field", change{"skuId": nothing}, "skuId"},
	} {
		t.Run(tt.name, func(t *testing.T) { wantIssue(t, s.createGPU(t, tt.changes), tt.field) })
	}
	for _, tt := range []struct {
		name    string
		changes change
		status  int
	}{
		{"unknown data center", change{"datacenterId": nothing}, 404},
		{"unknown series", change{"seriesId": nothing}, 404},
		{"unknown key", change{"sshKeyId": nothing}, 404},
		{"unknown group", change{"resourceGroupId": nothing}, 404},
		{"unknown image", change{"imageId": nothing}, 404},
		{"sold out", change{"gpuCount": 8}, 409},
		{"sold out SKU", change{"gpuCount": 8, "skuCode": sandbox.SoldOutSKU}, 409},
		{"not sold at all", change{"gpuCount": 4}, 409},
		{"not sold here", change{"datacenterId": s.shop(t).chicago}, 409},
	} {
		if w := s.createGPU(t, tt.changes); w.Code != tt.status {
			t.Errorf("%s: status %d: %s", tt.name, w.Code, w.Body)
		}
	}
	if n := len(s.GPUs()); n != 2 {
		t.Errorf("%d machines after refusals", n)
	}
}

func TestGPUProviderDown(t *testing.T) {
	s := newTenant()
	s.SetGPUProvider(true)
	w := s.createGPU(t, nil)
	if e := decode[errorBody](t, w); w.Code != 503 || e.Error.Code != gpcn.ProviderUnavailable {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if w := s.createGPU(t, change{"skuCode": "nothing"}); w.Code != 400 {
		t.Errorf("a wrong SKU: status %d", w.Code)
	}
	inventory := s.inventory(t, "")
	if diff := cmp.Diff(map[string][]string{"h100_series": {}, "nvidia-rtx_a6000-series": {}, "nvidia-h200-series": {}}, skus(inventory)); diff != "" || inventory.Error == nil {
		t.Errorf("inventory %+v\n%s", inventory, diff)
	}
	s.SetGPUProvider(false)
	if w := s.createGPU(t, nil); w.Code != 202 {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// Machines take stock and give it back: when they are deleted, when they are
// removed, and when they could not be made.
func TestStock(t *testing.T) {
	s := newTenant()
	cheapest := func() string { return skus(s.inventory(t, ""))["h100_series"][0] }
	job := func(w *httptest.ResponseRecorder) gpcn.Job { return data[gpcn.Jobs](t, w)[0] }
	if cheapest() != "h100-pcie-80gb-1x" {
		t.Fatalf("cheapest is %s", cheapest())
	}
	made := job(s.createGPU(t, change{"imageName": "ubuntu-22.04", "imageId": nothing}))
	if cheapest() != "h100-sxm-80gb-1x" {
		t.Errorf("cheapest is %s", cheapest())
	}
	if w := s.createGPU(t, change{"skuCode": "h100-pcie-80gb-1x"}); w.Code != 409 {
		t.Errorf("a SKU without stock: status %d", w.Code)
	}
	s.kit.Clock.Advance(time.Minute)
	path := base + "/gpu/" + *made.ResourceID
	gpu := data[gpcn.GPU](t, s.ask("GET", path, ""))
	if gpu.Status != gpcn.StatusRunning || gpu.IP == nil || *gpu.Username != "ubuntu" || *gpu.Image != "Ubuntu 22.04 LTS with CUDA 12.8" ||
		gpu.Configuration.SKUCode != "h100-pcie-80gb-1x" || *gpu.Configuration.GPUCount != 1 || gpu.DeletedAt != "" {
		t.Errorf("GPU VM %+v", gpu)
	}
	deleted := data[gpcn.Job](t, s.ask("DELETE", path, ""))
	if cheapest() != "h100-sxm-80gb-1x" {
		t.Error("the stock is back before the machine is gone")
	}
	s.kit.Clock.Advance(time.Minute)
	if w := s.ask("GET", path, ""); w.Code != 404 || cheapest() != "h100-pcie-80gb-1x" || s.job(t, deleted.JobID).State() != gpcn.JobSucceeded {
		t.Errorf("a deleted machine answers %d, cheapest is %s", w.Code, cheapest())
	}

	for _, outcome := range []sandbox.Outcome{sandbox.Fail, sandbox.Cancel} {
		s.NextJob(outcome, 10)
		failed := job(s.createGPU(t, nil))
		s.kit.Clock.Advance(time.Minute)
		if cheapest() != "h100-pcie-80gb-1x" {
			t.Errorf("%s keeps the stock", outcome)
		}
		s.RemoveVM(s.GPUs()[len(s.GPUs())-1].ID)
		if outcome == sandbox.Fail && s.job(t, failed.JobID).State() != gpcn.JobFailed {
			t.Error("the job did not fail")
		}
	}
	// What failed gave its GPUs back once.
	job(s.createGPU(t, nil))
	if cheapest() != "h100-sxm-80gb-1x" {
		t.Errorf("cheapest is %s", cheapest())
	}
}

func TestUpdateOfAGPU(t *testing.T) {
	s := newTenant()
	before := s.GPUs()[0]
	path := base + "/gpu/" + string(before.ID)
	group := data[[]gpcn.ResourceGroup](t, s.ask("GET", "/v1/resource-groups?search=staging", ""))[0]
	key := s.SSHKeys()[1]
	want := before
	want.UpdatedAt = gpcn.NewTimestamp(start)
	for _, step := range []struct {
		body  string
		after func()
	}{
		{`{}`, func() {}},
		{`{"name":"renamed","username":"_user-1"}`, func() { want.Name, want.Username = "renamed", new("_user-1") }},
		{`{"resourceGroupId":"` + string(group.ID) + `"}`, func() { want.ResourceGroupID, want.ResourceGroupName = &group.ID, &group.Name }},
		{`{"sshKeyId":null}`, func() { want.SSHKeyID, want.SSHKeyName = nil, nil }},
		{`{"name":"again"}`, func() { want.Name = "again" }}, // a key that is left out stays cleared
		{`{"sshKeyId":"` + string(key.ID) + `"}`, func() { want.SSHKeyID, want.SSHKeyName = &key.ID, &key.Name }},
	} {
		step.after()
		if diff := cmp.Diff(want, data[gpcn.GPU](t, s.ask("PUT", path, step.body))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.body, diff)
		}
		if diff := cmp.Diff(want, s.GPUs()[0]); diff != "" {
			t.Errorf("%s, read again (-want +got):\n%s", step.body, diff)
		}
	}
}

func TestBulkStop(t *testing.T) {
	s := newTenant()
	running, stopped := string(s.GPUs()[0].ID), string(s.GPUs()[1].ID)
	made := *data[gpcn.Jobs](t, s.createGPU(t, nil))[0].ResourceID
	result := data[gpcn.BulkResult](t, s.ask("POST", base+"/gpu/bulk/stop", `{"ids":["`+running+`","`+stopped+`","`+made+`","`+nothing+`"]}`))
	var got []bool
	for _, row := range result.Results {
		got = append(got, row.Success)
		if row.Success != (row.Error == nil) {
			t.Errorf("row %+v", row)
		}
	}
	if diff := cmp.Diff([]bool{true, true, false, false}, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(gpcn.BulkSummary{Total: 4, Succeeded: 2, Failed: 2}, result.Summary); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if s.GPUs()[0].Status != gpcn.StatusStopping {
		t.Errorf("it is %s", s.GPUs()[0].Status)
	}
	s.kit.Clock.Advance(time.Second)
	if s.GPUs()[0].Status != gpcn.StatusShutoff || s.GPUs()[1].Status != gpcn.StatusShutoff {
		t.Errorf("they are %s and %s", s.GPUs()[0].Status, s.GPUs()[1].Status)
	}
}
