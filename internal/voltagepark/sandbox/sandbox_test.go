package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"countersign/internal/sandboxkit"
	"countersign/internal/voltagepark"
	"countersign/internal/voltagepark/sandbox"
)

const (
	base    = "/api/v1"
	nothing = "123e4567-e89b-12d3-a456-426614174000"
)

func newSandbox() (*sandbox.Sandbox, *sandboxkit.Kit) {
	kit := sandboxkit.NewKit(sandboxkit.NewClock(time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)), 1)
	return sandbox.New(kit), kit
}

// ask sends a request with a good key.
func ask(s http.Handler, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer sandbox")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return out
}

func presets(t *testing.T, s http.Handler) []voltagepark.Preset {
	t.Helper()
	return decode[[]voltagepark.Preset](t, ask(s, "GET", base+"/instant-deploy-presets/", ""))
}

func TestKeys(t *testing.T) {
	for name, c := range map[string]struct {
		path, header, value string
		want                int
		says                string
	}{
		"none":             {"/virtual-machines/", "", "", 401, `{"detail":"Not authenticated"}`},
		"empty":            {"/virtual-machines/", "Authorization", "Bearer ", 401, `{"detail":"Not authenticated"}`},
		"wrong":            {"/virtual-machines/", "Authorization", "Bearer wrong-key", 401, `"detail"`},
		"any":              {"/virtual-machines/", "Authorization", "Bearer x", 200, `"results"`},
		"x-api-token":      {"/organization/ssh-keys", "x-api-token", "x", 200, `"results"`},
		"storage":          {"/storage/", "Authorization", "Bearer x", 200, `"results"`},
		"storage by token": {"/storage/hourly-rate", "x-api-token", "x", 200, `"hourly_rate_per_gb"`},
		"storage, no key":  {"/storage/", "", "", 401, `"detail"`},
		"presets":          {"/instant-deploy-presets/", "", "", 200, `"config`},
		"instant places":   {"/virtual-machines/instant/locations", "", "", 200, `"available_presets"`},
		"bare-metal":       {"/bare-metal/locations", "", "", 200, `"gpu_count_ethernet"`},
		"rate without key": {"/billing/hourly-rate", "", "", 401, `"detail"`},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newSandbox()
			r := httptest.NewRequest("GET", base+c.path, nil)
			if c.header != "" {
				r.Header.Set(c.header, c.value)
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			says := strings.Replace(c.says, `"config`, `"compute_rate_hourly"`, 1)
			if w.Code != c.want || !strings.Contains(w.Body.String(), says) {
				t.Errorf("status %d, body %s", w.Code, w.Body)
			}
		})
	}
}

func TestRequestsThatAreNotValid(t *testing.T) {
	s, _ := newSandbox()
	preset := string(presets(t, s)[0].ID)
	vm := "/virtual-machines/" + string(s.VMs()[0].ID)
	block := func(rest string) string { return `{"config_id":"` + preset + `","name":"x"` + rest + `}` }
	for name, c := range map[string]struct {
		method, path, body string
		kind, loc          string
	}{
		"limit too small":         {"GET", "/virtual-machines/?limit=0", "", "greater_than_equal", `["query","limit"]`},
		"limit too large":         {"GET", "/virtual-machines/?limit=101", "", "less_than_equal", `["query","limit"]`},
		"limit of locations":      {"GET", "/locations/?limit=16", "", "less_than_equal", `["query","limit"]`},
		"limit of keys":           {"GET", "/organization/ssh-keys?limit=151", "", "less_than_equal", `["query","limit"]`},
		"limit of words":          {"GET", "/virtual-machines/?limit=ten", "", "int_parsing", `["query","limit"]`},
		"negative offset":         {"GET", "/virtual-machines/?offset=-1", "", "greater_than_equal", `["query","offset"]`},
		"VM of no UUID":           {"GET", "/virtual-machines/train-1", "", "uuid_parsing", `["path","virtual_machine_id"]`},
		"location of no UUID":     {"GET", "/locations/dallas", "", "uuid_parsing", `["path","location_id"]`},
		"host of no UUID":         {"GET", "/hostnodes/x", "", "uuid_parsing", `["path","hostnode_id"]`},
		"preset of no UUID":       {"GET", "/instant-deploy-presets/h100", "", "uuid_parsing", `["path","instant_deploy_preset_id"]`},
		"availability of words":   {"GET", "/instant-deploy-presets/?available=perhaps", "", "bool_parsing", `["query","available"]`},
		"month 13":                {"GET", "/billing/reports/2026/13/transactions", "", "int_parsing", `["path","month"]`},
		"date":                    {"GET", "/billing/transactions?earliest=yesterday", "", "date_from_datetime_parsing", `["query","earliest"]`},
		"transaction type":        {"GET", "/billing/transactions?types=gifts", "", "enum", `["query","types",0]`},
		"no JSON":                 {"POST", "/virtual-machines/instant", "{", "json_invalid", `["body"]`},
		"a list":                  {"POST", "/virtual-machines/instant", "[]", "model_attributes_type", `["body"]`},
		"no name":                 {"POST", "/virtual-machines/instant", `{"config_id":"` + preset + `"}`, "missing", `["body","name"]`},
		"name of a number":        {"POST", "/virtual-machines/instant", `{"config_id":"` + preset + `","name":1}`, "string_type", `["body","name"]`},
		"config of no UUID":       {"POST", "/virtual-machines/instant", `{"config_id":"h100","name":"x"}`, "uuid_parsing", `["body","config_id"]`},
		"unknown field":           {"POST", "/virtual-machines/instant", block(`,"location_id":"x"`), "extra_forbidden", `["body","location_id"]`},
		"short password":          {"POST", "/virtual-machines/instant", block(`,"password":"hunter2"`), "string_too_short", `["body","password"]`},
		"mode without IDs":        {"POST", "/virtual-machines/instant", block(`,"organization_ssh_keys":{"mode":"selective"}`), "missing", `["body","organization_ssh_keys","ssh_key_ids"]`},
		"IDs without selective":   {"POST", "/virtual-machines/instant", block(`,"organization_ssh_keys":{"mode":"all","ssh_key_ids":[]}`), "extra_forbidden", `["body","organization_ssh_keys","ssh_key_ids"]`},
		"unknown mode":            {"POST", "/virtual-machines/instant", block(`,"organization_ssh_keys":{"mode":"some"}`), "union_tag_invalid", `["body","organization_ssh_keys"]`},
		"key ID of no UUID":       {"POST", "/virtual-machines/instant", block(`,"organization_ssh_keys":{"mode":"selective","ssh_key_ids":["alice"]}`), "uuid_parsing", `["body","organization_ssh_keys","ssh_key_ids",0]`},
		"keys that are no list":   {"POST", "/virtual-machines/instant", block(`,"ssh_keys":"x"`), "list_type", `["body","ssh_keys"]`},
		"keys that are no text":   {"POST", "/virtual-machines/instant", block(`,"ssh_keys":[1]`), "string_type", `["body","ssh_keys",0]`},
		"cloud-init as text":      {"POST", "/virtual-machines/instant", block(`,"cloud_init":"#cloud-config"`), "model_attributes_type", `["body","cloud_init"]`},
		"file without a path":     {"POST", "/virtual-machines/instant", block(`,"cloud_init":{"write_files":[{"content":"x"}]}`), "missing", `["body","cloud_init","write_files",0,"path"]`},
		"files that are no list":  {"POST", "/virtual-machines/instant", block(`,"cloud_init":{"write_files":{}}`), "list_type", `["body","cloud_init","write_files"]`},
		"unknown cloud-init":      {"POST", "/virtual-machines/instant", block(`,"cloud_init":{"users":[]}`), "extra_forbidden", `["body","cloud_init","users"]`},
		"unknown power status":    {"PUT", vm + "/power-status", `{"status":"restarted"}`, "enum", `["body","status"]`},
		"no power status":         {"PUT", vm + "/power-status", `{}`, "missing", `["body","status"]`},
		"unknown field of update": {"PATCH", vm, `{"names":"x"}`, "extra_forbidden", `["body","names"]`},
		"limit of volumes":        {"GET", "/storage/?limit=101", "", "less_than_equal", `["query","limit"]`},
		"volume of no UUID":       {"GET", "/storage/datasets", "", "uuid_parsing", `["path","storage_id"]`},
		"volume without a size":   {"POST", "/storage/", `{"name":"x"}`, "missing", `["body","size_in_gb"]`},
		"volume of no size":       {"POST", "/storage/", `{"name":"x","size_in_gb":null}`, "int_type", `["body","size_in_gb"]`},
		"volume of nothing":       {"POST", "/storage/", `{"name":"x","size_in_gb":0}`, "greater_than_equal", `["body","size_in_gb"]`},
		"volume of half a GB":     {"POST", "/storage/", `{"name":"x","size_in_gb":0.5}`, "int_type", `["body","size_in_gb"]`},
		"order of no UUID":        {"POST", "/storage/", `{"name":"x","size_in_gb":1,"order_ids":["x"]}`, "uuid_parsing", `["body","order_ids",0]`},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(s, c.method, base+c.path, c.body)
			answer := decode[struct {
				Detail []struct {
					Type string          `json:"type"`
					Loc  json.RawMessage `json:"loc"`
					Msg  string          `json:"msg"`
				} `json:"detail"`
			}](t, w)
			if w.Code != 422 || len(answer.Detail) != 1 || answer.Detail[0].Type != c.kind || string(answer.Detail[0].Loc) != c.loc || answer.Detail[0].Msg == "" {
				t.Errorf("status %d, body %s", w.Code, w.Body)
			}
		})
	}
	if n := len(s.VMs()); n != 2 {
		t.Errorf("%d machines", n)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	s, _ := newSandbox()
	preset := string(presets(t, s)[0].ID)
	for name, c := range map[string]struct {
		method, path, body string
		status             int
	}{
		"VM":             {"GET", "/virtual-machines/" + nothing, "", 404},
		"VM to update":   {"PATCH", "/virtual-machines/" + nothing, `{"name":"x"}`, 404},
		"VM to stop":     {"PUT", "/virtual-machines/" + nothing + "/power-status", `{"status":"stopped"}`, 404},
		"VM to delete":   {"DELETE", "/virtual-machines/" + nothing, "", 404},
		"host":           {"GET", "/hostnodes/" + nothing, "", 404},
		"location":       {"GET", "/locations/" + nothing, "", 404},
		"preset":         {"GET", "/instant-deploy-presets/" + nothing, "", 404},
		"route":          {"GET", "/gifts/", "", 404},
		"volume":         {"GET", "/storage/" + nothing, "", 404},
		"volume to grow": {"PATCH", "/storage/" + nothing, `{"size_in_gb":2}`, 404},
		"volume to end":  {"DELETE", "/storage/" + nothing, "", 404},
		"order of new":   {"POST", "/storage/", `{"name":"x","size_in_gb":1,"order_ids":["` + nothing + `"]}`, 400},
		"config":         {"POST", "/virtual-machines/instant", `{"config_id":"` + nothing + `","name":"x"}`, 400},
		"SSH key":        {"POST", "/virtual-machines/instant", `{"config_id":"` + preset + `","name":"x","organization_ssh_keys":{"mode":"selective","ssh_key_ids":["` + nothing + `"]}}`, 400},
		"sold-out size":  {"POST", "/virtual-machines/instant", `{"config_id":"` + string(presets(t, s)[4].ID) + `","name":"x"}`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			w := ask(s, c.method, base+c.path, c.body)
			answer := decode[struct {
				Detail string `json:"detail"`
			}](t, w)
			if w.Code != c.status || answer.Detail == "" {
				t.Errorf("status %d, body %s", w.Code, w.Body)
			}
		})
	}
}

// Stock is computed from the free GPUs of the hosts, which machines take and return.
func TestStockFollowsTheHosts(t *testing.T) {
	s, _ := newSandbox()
	big := presets(t, s)[3] // eight GPUs: one host of Dallas is whole
	create := func(of voltagepark.Preset) *httptest.ResponseRecorder {
		return ask(s, "POST", base+"/virtual-machines/instant", `{"config_id":"`+string(of.ID)+`","name":"twin"}`)
	}
	first := create(big)
	if first.Code != 201 {
		t.Fatalf("status %d: %s", first.Code, first.Body)
	}
	if left := presets(t, s)[3].LocationIDsWithAvailability; len(left) != 0 {
		t.Errorf("still to be had at %v", left)
	}
	if second := create(big); second.Code != 400 {
		t.Errorf("status %d: %s", second.Code, second.Body)
	}
	vm := base + "/virtual-machines/" + string(decode[voltagepark.CreatedVM](t, first).VMID)
	power := func(status string) int { return ask(s, "PUT", vm+"/power-status", `{"status":"`+status+`"}`).Code }

	if code := power("stopped_disassociated"); code != 200 || len(presets(t, s)[3].LocationIDsWithAvailability) != 1 {
		t.Errorf("release: status %d", code)
	}
	if code := power("stopped"); code != 400 {
		t.Errorf("a released machine was stopped: status %d", code)
	}
	small := create(presets(t, s)[2]) // four of the eight GPUs go to somebody else
	if code := power("started"); small.Code != 201 || code != 400 {
		t.Errorf("started without room: status %d", code)
	}
	if w := ask(s, "DELETE", base+"/virtual-machines/"+string(decode[voltagepark.CreatedVM](t, small).VMID), ""); w.Code != 202 {
		t.Errorf("delete: status %d", w.Code)
	}
	if code := power("started"); code != 200 {
		t.Errorf("started with room: status %d", code)
	}
	if w := ask(s, "DELETE", vm, ""); w.Code != 202 || len(presets(t, s)[3].LocationIDsWithAvailability) != 1 {
		t.Errorf("delete: status %d", w.Code)
	}
	if w := ask(s, "GET", vm, ""); w.Code != 404 {
		t.Errorf("a deleted machine answers %d", w.Code)
	}
}

// The state is the vendor's own even when it is asked for twice.
func TestPowerIsIdempotent(t *testing.T) {
	s, _ := newSandbox()
	vm := base + "/virtual-machines/" + string(s.VMs()[0].ID)
	for _, step := range []struct{ ask, status string }{
		{"started", "Running"}, {"stopped", "Stopped"}, {"stopped", "Stopped"},
		{"stopped_disassociated", "StoppedDisassociated"}, {"stopped_disassociated", "StoppedDisassociated"}, {"started", "Running"},
	} {
		if w := ask(s, "PUT", vm+"/power-status", `{"status":"`+step.ask+`"}`); w.Code != 200 {
			t.Fatalf("%s: status %d", step.ask, w.Code)
		}
		if got := decode[voltagepark.VirtualMachine](t, ask(s, "GET", vm, "")); got.Status != step.status {
			t.Errorf("%s leads to %s", step.ask, got.Status)
		}
	}
	rate := decode[voltagepark.HourlyRate](t, ask(s, "GET", base+"/billing/hourly-rate", ""))
	if value, ok := rate.RateHourly.Number(); !ok || value.String() != "3.98" {
		t.Errorf("rate %s", value)
	}
}

// The cost of a machine stays on the bill when the machine is gone.
func TestTerminatedMachinesStayOnTheBill(t *testing.T) {
	s, kit := newSandbox()
	id := s.VMs()[0].ID
	kit.Clock.Advance(30 * time.Minute)
	if !s.RemoveVM(id) || s.RemoveVM(id) {
		t.Error("a machine is removed once")
	}
	kit.Clock.Advance(time.Hour)
	list := decode[voltagepark.List[voltagepark.Transaction]](t, ask(s, "GET", base+"/billing/transactions", ""))
	line := list.Results[1]
	if amount, _ := line.TotalAmount.Number(); amount.String() != "-144.275" { // 72.5 h
		t.Errorf("amount %s", amount)
	}
	if line.TimestampCompletion.Time() == nil || line.Details.LinkedInstance.VirtualMachineID != id {
		t.Errorf("line %+v", line)
	}
	later := decode[voltagepark.List[voltagepark.Transaction]](t, ask(s, "GET", base+"/billing/transactions?earliest=2026-08-21", ""))
	if *later.TotalResultCount != 0 {
		t.Errorf("%d lines of tomorrow", *later.TotalResultCount)
	}
}

func TestSameSeedSameWorld(t *testing.T) {
	a, _ := newSandbox()
	b, _ := newSandbox()
	if a.VMs()[0].ID != b.VMs()[0].ID {
		t.Error("IDs differ")
	}
}

func TestControl(t *testing.T) {
	s, _ := newSandbox()
	control := s.Control()
	id := string(s.VMs()[0].ID)
	const vms = "/_sandbox/voltagepark/vms"
	for _, step := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", vms + "/" + id + "/rename", `{"name":"other"}`, 204},
		{"POST", vms + "/" + id + "/rename", `{"nam":"other"}`, 400},
		{"POST", vms + "/" + id + "/tags", `{"tags":["a"]}`, 204},
		{"POST", vms + "/" + nothing + "/tags", `{"tags":["a"]}`, 404},
		{"GET", vms, "", 200},
		{"DELETE", vms + "/" + string(s.VMs()[1].ID), "", 204},
		{"DELETE", vms + "/" + nothing, "", 404},
		{"POST", "/_sandbox/voltagepark/sell-out", "", 204},
	} {
		if w := ask(control, step.method, step.path, step.body); w.Code != step.status {
			t.Errorf("%s %s: status %d, want %d: %s", step.method, step.path, w.Code, step.status, w.Body)
		}
	}
	list := decode[struct {
		VMs []voltagepark.VirtualMachine `json:"vms"`
	}](t, ask(control, "GET", vms, ""))
	if len(list.VMs) != 1 || list.VMs[0].Name != "other" || len(list.VMs[0].Tags) != 1 || list.VMs[0].Tags[0] != "a" {
		t.Errorf("%+v", list.VMs)
	}
	for _, p := range presets(t, s) {
		if len(p.LocationIDsWithAvailability) != 0 {
			t.Errorf("%s is not sold out", p.ID)
		}
	}
}

func TestFaultsSpeakAsTheVendor(t *testing.T) {
	s, kit := newSandbox()
	kit.AddFault("voltagepark", sandboxkit.Fault{Kind: sandboxkit.RateLimited})
	w := ask(kit.Handler("voltagepark", s), "GET", base+"/virtual-machines/", "")
	if w.Code != 429 || !strings.HasPrefix(w.Body.String(), `{"detail":"`) {
		t.Errorf("status %d, body %s", w.Code, w.Body)
	}
}
