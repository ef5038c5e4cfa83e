package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
	"countersign/internal/sandboxkit"
)

const (
	base    = "/v1/resource"
	nothing = "123e4567-e89b-12d3-a456-426614174000"
)

var start = time.Date(2026, 5, 19, 14, 2, 2, 487e6, time.UTC)

// tenant is a sandbox whose clock stands still.
type tenant struct {
	*sandbox.Sandbox
	kit *sandboxkit.Kit
}

func newTenant() tenant {
	kit := sandboxkit.NewKit(sandboxkit.NewClock(start), 1)
	return tenant{sandbox.New(kit), kit}
}

// as sends a request with a key; without one when it is empty.
func (s tenant) as(key, method, path, body string) *httptest.ResponseRecorder {
	return send(s, "X-API-Key", key, method, path, body)
}

// ask sends a request as the administrator.
func (s tenant) ask(method, path, body string) *httptest.ResponseRecorder {
	return s.as("sandbox", method, path, body)
}

func send(h http.Handler, header, key, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set(header, key)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// errorBody is every shape of error that the sandbox writes.
type errorBody struct {
	Success *bool
	Message string
	Error   struct {
		Code       string
		Message    string
		StatusCode int
		RetryAfter int
		Details    *struct {
			Issues []struct{ Path, Message string }
		}
	}
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return out
}

// data decodes the data of a success.
func data[T any](t *testing.T, w *httptest.ResponseRecorder) T {
	t.Helper()
	if w.Code >= 300 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return decode[struct{ Data T }](t, w).Data
}

func TestWhoMayDoWhat(t *testing.T) {
	s := newTenant()
	vm, gpu := base+"/virtual-machines/"+string(s.VMs()[0].ID), base+"/gpu/"+string(s.GPUs()[0].ID)
	tests := []struct {
		name, key, method, path string
		status                  int
		code                    string
	}{
		{"no key", "", "GET", base + "/ssh-keys", 401, "Authentication Failed"},
		{"wrong key", "wrong-key", "GET", base + "/ssh-keys", 401, "Authentication Failed"},
		{"wrong key on no route", "wrong-key", "GET", base + "/nothing", 401, "Authentication Failed"},
		{"reader reads", "read-only", "GET", vm, 200, ""},
		{"reader reads GPUs", "read-only", "GET", base + "/gpu", 200, ""},
		{"reader reads jobs", "read-only", "POST", base + "/jobs", 400, "Validation Error"},
		{"reader writes", "read-only", "PUT", vm, 403, "Insufficient Permissions"},
		{"reader creates, with nothing", "read-only", "POST", base + "/virtual-machines", 403, "Insufficient Permissions"},
		{"reader stops what is not there", "read-only", "POST", base + "/virtual-machines/" + nothing + "/stop", 403, "Insufficient Permissions"},
		{"tenant without GPUs lists them", "no-gpu", "GET", base + "/gpu", 403, "Forbidden"},
		{"tenant without GPUs reads stock", "no-gpu", "GET", base + "/gpu/inventory", 403, "Forbidden"},
		{"tenant without GPUs creates, with nothing", "no-gpu", "POST", base + "/gpu", 403, "Forbidden"},
		{"tenant without GPUs reads one", "no-gpu", "GET", gpu, 403, "Forbidden"},
		{"tenant without GPUs has VMs", "no-gpu", "GET", vm, 200, ""},
		{"expired key", "expired", "GET", base + "/ssh-keys", 401, "Authentication Failed"},
		{"moved tenant lists networks", "moved", "GET", base + "/networks", 403, "LEGACY_NETWORKING_CUT_OVER"},
		{"moved tenant lists interfaces", "moved", "GET", vm + "/network-interfaces", 403, "LEGACY_NETWORKING_CUT_OVER"},
		{"moved tenant reads a VM", "moved", "GET", vm, 200, ""},
		{"any other key", "k", "GET", gpu, 200, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := s.as(tt.key, tt.method, tt.path, "")
			if w.Code != tt.status {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			if tt.code == "" {
				return
			}
			if e := decode[errorBody](t, w); e.Error.Code != tt.code || e.Error.StatusCode != tt.status || e.Message == "" || *e.Success {
				t.Errorf("body %s", w.Body)
			}
		})
	}
	if e := decode[errorBody](t, s.as("no-gpu", "GET", base+"/gpu", "")); e.Message != "GPU feature not enabled for this entity" {
		t.Errorf("message %q", e.Message)
	}
}

func TestBearerTokens(t *testing.T) {
	s := newTenant()
	for token, status := range map[string]int{"Bearer gpcn_0123": 200, "Bearer sandbox": 401, "gpcn_0123": 401, "": 401} {
		if w := send(s, "Authorization", token, "GET", base+"/ssh-keys", ""); w.Code != status {
			t.Errorf("%q: status %d", token, w.Code)
		}
	}
}

func TestRoutes(t *testing.T) {
	s := newTenant()
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", base + "/virtual-machines", 200},
		{"GET", base + "/virtual-machines/", 200},
		{"GET", base + "/virtual-machines/" + string(s.VMs()[0].ID) + "/", 200},
		{"GET", base + "/virtual-machines/" + string(s.VMs()[0].ID) + "/network-interfaces/", 200},
		{"GET", "/v1/resource-groups/", 200},
		{"GET", base + "/gpu/inventory/", 200},
		{"POST", base + "/virtual-machines/" + string(s.VMs()[0].ID) + "/stop/", 200},
		{"GET", base + "/resource-groups", 404},
		{"PATCH", base + "/virtual-machines/" + string(s.VMs()[0].ID), 404},
		{"GET", base + "/jobs/" + nothing, 404},
		{"GET", "/", 404},
	} {
		w := s.ask(tt.method, tt.path, "")
		if w.Code != tt.status {
			t.Errorf("%s %s: status %d", tt.method, tt.path, w.Code)
		}
		if body := strings.TrimSpace(w.Body.String()); w.Code == 404 && body != `{"message":"Route Not Found"}` {
			t.Errorf("%s %s: body %s", tt.method, tt.path, body)
		}
	}
}

func TestLimit(t *testing.T) {
	s := newTenant()
	s.SetLimit(2)
	for want := 1; want >= 0; want-- {
		w := s.ask("GET", base+"/ssh-keys", "")
		got := []string{w.Header().Get("X-RateLimit-Limit"), w.Header().Get("X-RateLimit-Remaining"), w.Header().Get("X-RateLimit-Reset")}
		reset := start.Truncate(time.Minute).Add(time.Minute).Unix()
		if diff := cmp.Diff([]string{"2", strconv.Itoa(want), strconv.FormatInt(reset, 10)}, got); diff != "" || w.Code != 200 {
			t.Errorf("status %d, headers (-want +got):\n%s", w.Code, diff)
		}
	}
	w := s.ask("GET", base+"/nothing", "")
	e := decode[errorBody](t, w)
	if w.Code != 429 || w.Header().Get("Retry-After") != "58" || e.Error.RetryAfter != 58 || e.Error.Code != "Rate Limited" || e.Error.Message == "" || e.Message != "" {
		t.Errorf("status %d, Retry-After %q, body %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
	if w := s.as("another", "GET", base+"/ssh-keys", ""); w.Code != 200 {
		t.Errorf("another key: status %d", w.Code)
	}
	s.kit.Clock.Advance(time.Minute)
	if w := s.ask("GET", base+"/ssh-keys", ""); w.Code != 200 || w.Header().Get("X-RateLimit-Remaining") != "1" {
		t.Errorf("a minute later: status %d", w.Code)
	}
	if w := s.as("", "GET", base+"/ssh-keys", ""); w.Code != 401 || w.Header().Get("X-RateLimit-Limit") != "2" {
		t.Errorf("without a key: status %d, headers %v", w.Code, w.Header())
	}
}

func TestFaultsSpeakAsTheVendor(t *testing.T) {
	s := newTenant()
	h := s.kit.Handler("gpcn", s)
	s.kit.AddFault("gpcn", sandboxkit.Fault{Kind: sandboxkit.RateLimited, RetryAfter: 7 * time.Second})
	s.kit.AddFault("gpcn", sandboxkit.Fault{Kind: sandboxkit.ServerError})
	w := send(h, "X-API-Key", "sandbox", "GET", base+"/gpu", "")
	if e := decode[errorBody](t, w); w.Code != 429 || e.Error.RetryAfter != 7 || e.Error.Code != "Rate Limited" || w.Header().Get("X-RateLimit-Reset") == "" {
		t.Errorf("status %d, body %s", w.Code, w.Body)
	}
	w = send(h, "X-API-Key", "sandbox", "GET", base+"/gpu", "")
	if e := decode[errorBody](t, w); w.Code != 503 || e.Error.StatusCode != 503 || e.Error.Code != "Service Unavailable" {
		t.Errorf("status %d, body %s", w.Code, w.Body)
	}
}

func TestLists(t *testing.T) {
	s := newTenant()
	type row struct{ Name string }
	names := func(path string) []string {
		t.Helper()
		out := []string{}
		for _, r := range data[[]row](t, s.ask("GET", path, "")) {
			out = append(out, r.Name)
		}
		return out
	}
	group := string(*s.VMs()[0].ResourceGroupID)
	for path, want := range map[string][]string{
		base + "/virtual-machines":                                           {sandbox.PoisonedVM, sandbox.StoppedVM, sandbox.RunningVM},
		base + "/virtual-machines?sort=name:asc&limit=1":                     {sandbox.StoppedVM},
		base + "/virtual-machines?sort=name:asc&limit=1&page=2":              {sandbox.PoisonedVM},
		base + "/virtual-machines?page=9":                                    {},
		base + "/virtual-machines?search=WEB":                                {sandbox.RunningVM},
		base + "/virtual-machines?search=198.18":                             {sandbox.RunningVM},
		base + "/virtual-machines?sort=datacenter:asc,createdAt:asc&limit=1": {sandbox.RunningVM},
		base + "/virtual-machines?resourceGroupId=" + group + "&search=db":   {sandbox.StoppedVM},
		base + "/virtual-machines?resourceGroupId=" + nothing:                {},
		base + "/gpu":                             {sandbox.RunningGPU, sandbox.StoppedGPU},
		base + "/gpu?search=note":                 {sandbox.StoppedGPU},
		base + "/gpu?resourceGroupId=" + nothing:  {},
		base + "/ssh-keys":                        {"ci-runner", "ops-laptop"},
		base + "/networks?networkType=custom":     {"backend-l2"},
		base + "/networks?search=10.30":           {"chi-net"},
		base + "/networks?sort=name:desc&limit=1": {"web-net"},
		base + "/data-centers":                    {"Chicago", "Kansas"},
		base + "/data-centers?gpuEnabled=true":    {"Kansas"},
		base + "/data-centers?gpuEnabled=false":   {"Chicago"},
		base + "/data-centers?regionName=Central": {"Chicago"},
		base + "/data-centers?countryName=Sweden": {},
		"/v1/resource-groups":                     {"production", "staging"},
		"/v1/resource-groups?sort=name:desc":      {"staging", "production"},
		base + "/data-centers/" + string(s.VMs()[0].Datacenter.ID) + "/virtual-machine-images": {"Linux", "Windows", "Network/Security"},
	} {
		if diff := cmp.Diff(want, names(path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	list := decode[gpcn.List[row]](t, s.ask("GET", base+"/virtual-machines?limit=2", ""))
	want := gpcn.Meta{Total: new(3), Page: new(1), PageSize: new(2), TotalPages: new(2), HasNextPage: new(true), HasPreviousPage: new(false)}
	if diff := cmp.Diff(&want, list.Meta); diff != "" {
		t.Errorf("meta (-want +got):\n%s", diff)
	}
}

func TestRequestsThatAreNotValid(t *testing.T) {
	s := newTenant()
	vm, gpu := base+"/virtual-machines/"+string(s.VMs()[0].ID), base+"/gpu/"+string(s.GPUs()[0].ID)
	key := base + "/ssh-keys/" + string(s.SSHKeys()[0].ID)
	long := strings.Repeat("x", 61)
	for _, tt := range []struct{ name, method, path, body, field string }{
		{"page 0", "GET", base + "/gpu?page=0", "", "page"},
		{"limit 0", "GET", base + "/gpu?limit=0", "", "limit"},
		{"limit 101", "GET", base + "/gpu?limit=101", "", "limit"},
		{"sort by nothing", "GET", base + "/gpu?sort=colour:asc", "", "sort"},
		{"sort without direction", "GET", base + "/gpu?sort=name", "", "sort"},
		{"group of no UUID", "GET", base + "/gpu?resourceGroupId=g", "", "resourceGroupId"},
		{"GPUs perhaps", "GET", base + "/data-centers?gpuEnabled=perhaps", "", "gpuEnabled"},
		{"VM of no UUID", "GET", base + "/virtual-machines/web-1", "", "id"},
		{"data center of no UUID", "GET", base + "/data-centers/kansas/virtual-machine-sizes", "", "id"},
		{"upgrades of no UUID", "GET", base + "/data-centers/" + nothing + "/virtual-machine-sizes?vmId=x", "", "vmId"},
		{"GPU count of 3", "GET", base + "/gpu/inventory?count=3", "", "count"},
		{"stock in no UUID", "GET", base + "/gpu/inventory?datacenterId=kansas", "", "datacenterId"},
		{"update without a body", "PUT", vm, "", "body"},
		{"update with a list", "PUT", vm, "[]", "body"},
		{"update with null", "PUT", vm, "null", "body"},
		{"name of a number", "PUT", vm, `{"name":1}`, "name"},
		{"empty name", "PUT", vm, `{"name":""}`, "name"},
		{"long name", "PUT", vm, `{"name":"` + long + `"}`, "name"},
		{"name with a slash", "PUT", vm, `{"name":"a/b"}`, "name"},
		{"name that ends in a dot", "PUT", vm, `{"name":"a."}`, "name"},
		{"unknown field", "PUT", vm, `{"tags":[]}`, "tags"},
		{"VM's group of no UUID", "PUT", vm, `{"resourceGroupId":""}`, "resourceGroupId"},
		{"GPU's group is not nullable", "PUT", gpu, `{"resourceGroupId":null}`, "resourceGroupId"},
		{"GPU without a body", "PUT", gpu, "", "body"},
		{"GPU's key of no UUID", "PUT", gpu, `{"sshKeyId":"ops-laptop"}`, "sshKeyId"},
		{"GPU's user with a dot", "PUT", gpu, `{"username":"my.user"}`, "username"},
		{"GPU's user of two letters", "PUT", gpu, `{"username":"me"}`, "username"},
		{"key without a name", "PUT", key, `{}`, "name"},
		{"key with a long name", "PUT", key, `{"name":"` + long + `"}`, "name"},
		{"no jobs", "POST", base + "/jobs", `{"jobIds":[]}`, "jobIds"},
		{"51 jobs", "POST", base + "/jobs", `{"jobIds":[` + strings.TrimSuffix(strings.Repeat(`"`+nothing+`",`, 51), ",") + `]}`, "jobIds"},
		{"a job of no UUID", "POST", base + "/jobs", `{"jobIds":["x"]}`, "jobIds.0"},
		{"jobs of numbers", "POST", base + "/jobs", `{"jobIds":[1]}`, "jobIds"},
		{"delete nothing", "POST", base + "/gpu/bulk/delete", `{"ids":[]}`, "ids"},
		{"group without a name", "POST", "/v1/resource-groups", `{}`, "name"},
		{"group with a long name", "POST", "/v1/resource-groups", `{"name":"` + long + `12345"}`, "name"},
		{"group of a number", "PUT", "/v1/resource-groups/" + nothing, `{"name":7}`, "name"},
		{"group of no UUID", "GET", "/v1/resource-groups/production", "", "id"},
		{"rescue from nowhere", "POST", vm + "/rescue", `{"sourceImageId":"` + nothing + `"}`, "sourceType"},
		{"rescue from the air", "POST", vm + "/rescue", `{"sourceType":"air","sourceImageId":"` + nothing + `"}`, "sourceType"},
		{"rescue from no image", "POST", vm + "/rescue", `{"sourceType":"catalog","sourceImageId":"` + nothing + `"}`, "sourceImageId"},
		{"stop nothing", "POST", base + "/gpu/bulk/stop", `{}`, "ids"},
	} {
		t.Run(tt.name, func(t *testing.T) { wantIssue(t, s.ask(tt.method, tt.path, tt.body), tt.field) })
	}
}

// wantIssue asserts that exactly one field was found wrong, and that the message
// lists it.
func wantIssue(t *testing.T, w *httptest.ResponseRecorder, field string) {
	t.Helper()
	e := decode[errorBody](t, w)
	if w.Code != 400 || e.Error.Code != "Validation Error" || e.Error.Details == nil || len(e.Error.Details.Issues) != 1 ||
		e.Error.Details.Issues[0].Path != field || e.Message != field+": "+e.Error.Details.Issues[0].Message {
		t.Errorf("status %d, body %s", w.Code, w.Body)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	s := newTenant()
	vm, gpu := base+"/virtual-machines/"+string(s.VMs()[0].ID), base+"/gpu/"+string(s.GPUs()[0].ID)
	place := base + "/data-centers/" + string(s.VMs()[0].Datacenter.ID)
	for _, tt := range []struct{ method, path, body string }{
		{"GET", base + "/virtual-machines/" + nothing, ""},
		{"GET", base + "/virtual-machines/" + string(s.GPUs()[0].ID), ""},
		{"GET", base + "/virtual-machines/" + nothing + "/network-interfaces", ""},
		{"PUT", base + "/virtual-machines/" + nothing, `{"name":"x"}`},
		{"PUT", vm, `{"resourceGroupId":"` + nothing + `"}`},
		{"POST", base + "/virtual-machines/" + nothing + "/start", ""},
		{"POST", base + "/virtual-machines/" + nothing + "/stop", ""},
		{"DELETE", base + "/virtual-machines/" + nothing, ""},
		{"GET", base + "/gpu/" + nothing, ""},
		{"GET", base + "/gpu/" + string(s.VMs()[0].ID), ""},
		{"PUT", base + "/gpu/" + nothing, `{}`},
		{"PUT", gpu, `{"sshKeyId":"` + nothing + `"}`},
		{"PUT", gpu, `{"resourceGroupId":"` + nothing + `"}`},
		{"DELETE", base + "/gpu/" + nothing, ""},
		{"GET", base + "/gpu/inventory?datacenterId=" + nothing, ""},
		{"GET", base + "/ssh-keys/" + nothing, ""},
		{"GET", "/v1/resource-groups/" + nothing, ""},
		{"PUT", "/v1/resource-groups/" + nothing, `{"name":"x"}`},
		{"DELETE", "/v1/resource-groups/" + nothing, ""},
		{"POST", base + "/virtual-machines/" + nothing + "/rescue", `{"sourceType":"catalog","sourceImageId":"` + nothing + `"}`},
		{"DELETE", base + "/virtual-machines/" + nothing + "/rescue", ""},
		{"DELETE", vm + "/rescue", ""},
		{"PUT", base + "/ssh-keys/" + nothing, `{"name":"x"}`},
		{"GET", base + "/data-centers/" + nothing + "/virtual-machine-sizes", ""},
		{"GET", base + "/data-centers/" + nothing + "/virtual-machine-images", ""},
		{"GET", place + "/virtual-machine-sizes?vmId=" + nothing, ""},
	} {
		w := s.ask(tt.method, tt.path, tt.body)
		if e := decode[errorBody](t, w); w.Code != 404 || e.Error.StatusCode != 404 {
			t.Errorf("%s %s: status %d: %s", tt.method, tt.path, w.Code, w.Body)
		}
	}
}

func TestUpgradeTargets(t *testing.T) {
	s := newTenant()
	vm := s.VMs()[1] // of the third size
	path := base + "/data-centers/" + string(vm.Datacenter.ID) + "/virtual-machine-sizes"
	sizes := func(path string) []string {
		var out []string
		for _, category := range data[gpcn.SizeCatalogue](t, s.ask("GET", path, "")).Categories {
			for _, size := range category.Sizes {
				out = append(out, size.Name)
			}
		}
		return out
	}
	if diff := cmp.Diff([]string{"G-Micro-1", "G-Small-1", "G-Medium-1", "M-Medium-1"}, sizes(path)); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"M-Medium-1"}, sizes(path+"?vmId="+string(vm.ID))); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
}

func TestSSHKeys(t *testing.T) {
	s := newTenant()
	key := s.SSHKeys()[0]
	path := base + "/ssh-keys/" + string(key.ID)
	s.kit.Clock.Advance(time.Hour)
	if w := s.ask("PUT", path, `{"name":"renamed"}`); w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	want := key
	want.Name, want.UpdatedAt = "renamed", gpcn.NewTimestamp(start.Add(time.Hour))
	if diff := cmp.Diff(want, data[gpcn.SSHKey](t, s.ask("GET", path, ""))); diff != "" {
		t.Errorf("key (-want +got):\n%s", diff)
	}
	// Machines show the name of now.
	if vm := s.VMs()[0]; *vm.SSHKeyName != "renamed" {
		t.Errorf("the VM names its key %q", *vm.SSHKeyName)
	}
	id := s.PutSSHKey("extra")
	if keys := s.SSHKeys(); keys[len(keys)-1].ID != id || !strings.HasPrefix(keys[0].PublicKey, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI") {
		t.Errorf("keys %+v", keys)
	}
}

func TestSameSeedSameTenant(t *testing.T) {
	a, b := newTenant(), newTenant()
	if diff := cmp.Diff(a.VMs(), b.VMs()); diff != "" {
		t.Errorf("VMs differ:\n%s", diff)
	}
	if diff := cmp.Diff(a.GPUs(), b.GPUs()); diff != "" {
		t.Errorf("GPU VMs differ:\n%s", diff)
	}
}

func TestControl(t *testing.T) {
	s := newTenant()
	control := s.Control()
	const root = "/_sandbox/gpcn"
	vm, gpu := string(s.VMs()[0].ID), string(s.GPUs()[0].ID)
	for _, step := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", root + "/vms/" + vm + "/rename", `{"name":"any \u200b name"}`, 204},
		{"POST", root + "/vms/" + gpu + "/rename", `{"name":"other"}`, 204},
		{"POST", root + "/vms/" + vm + "/rename", `{"nam":"other"}`, 400},
		{"POST", root + "/vms/" + nothing + "/rename", `{"name":"other"}`, 404},
		{"POST", root + "/vms/" + vm + "/hotplug", `{"on":false}`, 204},
		{"POST", root + "/vms/" + gpu + "/status", `{"status":"Running"}`, 204},
		{"POST", root + "/vms/" + nothing + "/status", `{"status":"Running"}`, 404},
		{"POST", root + "/vms/" + gpu + "/hotplug", `{"on":false}`, 404},
		{"DELETE", root + "/vms/" + string(s.VMs()[1].ID), "", 204},
		{"DELETE", root + "/vms/" + string(s.GPUs()[1].ID), "", 204},
		{"DELETE", root + "/vms/" + nothing, "", 404},
		{"POST", root + "/next-job", `{"outcome":"fail","at":60}`, 204},
		{"POST", root + "/next-job", `{"outcome":"explode","at":60}`, 400},
		{"POST", root + "/next-job", `{"outcome":"fail","at":101}`, 400},
		{"POST", root + "/next-job", `{}`, 400},
		{"POST", root + "/gpu-provider", `{"down":true}`, 204},
		{"POST", root + "/gpu-provider", `{"up":true}`, 400},
		{"POST", root + "/sell-out", `{"sku_code":"gpu_1x_a6000"}`, 204},
		{"POST", root + "/sell-out", `{"sku_code":"gpu_9x_a6000"}`, 404},
		{"POST", root + "/sell-out", `{}`, 404},
		{"POST", root + "/limit", `{"per_minute":90}`, 204},
		{"POST", root + "/limit", `{"per_minute":0}`, 400},
	} {
		if w := send(control, "", "", step.method, step.path, step.body); w.Code != step.status {
			t.Errorf("%s %s: status %d, want %d: %s", step.method, step.path, w.Code, step.status, w.Body)
		}
	}
	list := decode[struct {
		VMs  []gpcn.VM
		GPUs []gpcn.GPU
	}](t, send(control, "", "", "GET", root+"/vms", ""))
	if len(list.VMs) != 2 || list.VMs[0].Name != "any \u200b name" || len(list.GPUs) != 1 || list.GPUs[0].Name != "other" {
		t.Errorf("%+v", list)
	}
	if inventory := data[gpcn.Inventory](t, s.ask("GET", base+"/gpu/inventory", "")); inventory.Error == nil {
		t.Error("the GPU provider is not down")
	}
	s.SetGPUProvider(false)
	if w := s.ask("GET", base+"/gpu/inventory", ""); strings.Contains(w.Body.String(), "gpu_1x_a6000") || w.Header().Get("X-RateLimit-Limit") != "90" {
		t.Errorf("limit %s, inventory %s", w.Header().Get("X-RateLimit-Limit"), w.Body)
	}
	job := data[gpcn.Job](t, s.ask("DELETE", base+"/virtual-machines/"+vm, ""))
	s.kit.Clock.Advance(time.Minute)
	if failed := s.job(t, job.JobID); failed.State() != gpcn.JobFailed {
		t.Errorf("job %+v", failed)
	}
}

// job reads one job, which has to be there.
func (s tenant) job(t *testing.T, id gpcn.JobID) gpcn.Job {
	t.Helper()
	jobs := s.jobs(t, id)
	if len(jobs) != 1 {
		t.Fatalf("%d jobs", len(jobs))
	}
	return jobs[0]
}

func (s tenant) jobs(t *testing.T, id gpcn.JobID) []gpcn.Job {
	t.Helper()
	return data[struct{ Jobs []gpcn.Job }](t, s.ask("POST", base+"/jobs", `{"jobIds":["`+nothing+`","`+string(id)+`"]}`)).Jobs
}
