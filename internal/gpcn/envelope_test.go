package gpcn_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
)

// No operation accepts a response that is not as documented: where data is needed it
// returns an error, and never panics or returns an empty value.
func TestOddEnvelopes(t *testing.T) {
	// These read no data: an acknowledgement is enough.
	acknowledged := map[string]bool{
		"PUT /v1/resource/virtual-machines/{id}": true, "PUT /v1/resource/ssh-keys/{id}": true,
		"DELETE /v1/resource/ssh-keys/{id}":             true,
		"POST /v1/resource/virtual-machines/{id}/start": true, "POST /v1/resource/virtual-machines/{id}/stop": true,
		"PUT /v1/resource-groups/{id}": true, "DELETE /v1/resource-groups/{id}": true,
		"PUT /v1/resource/networks/{id}": true, "PUT /v1/resource/virtual-machines/{id}/network-interfaces/{nicId}": true,
	}
	tests := []struct {
		name, body string
		status     int
		enough     bool // for an acknowledgement
	}{
		{"no data", `{"success":true,"message":"ok","data":null,"meta":null}`, 200, true},
		{"data missing", `{"success":true}`, 200, true},
		{"success missing", `{"message":"ok"}`, 200, true},
		{"data of another type", `{"success":true,"data":"done"}`, 200, true},
		{"data a number", `{"success":true,"data":7}`, 200, true},
		{"nothing", ``, 200, true},
		{"no content", ``, 204, true},
		{"null", `null`, 200, false},
		{"a list", `[]`, 200, false},
		{"page of a proxy", `<html>hello</html>`, 200, false},
		{"two values", `{"success":true}{}`, 200, false},
		{"refusal", `{"success":false,"message":"no"}`, 200, false},
	}
	recordings := loadRecorded(t)
	for operation, call := range calls(t) {
		for _, tt := range tests {
			_, err := call(answering(t, tt.status, tt.body), recordings[operation].Request)
			if wantOK := tt.enough && acknowledged[operation]; (err == nil) != wantOK {
				t.Errorf("%s, %s: error %v", operation, tt.name, err)
			}
		}
	}
}

// The API's generations differ in types; one reading fits all.
func TestLenientReading(t *testing.T) {
	client := answering(t, 200, `{"success":1,"data":{
		"ID":4711,"name":null,"status":"RUNNING","createdAt":"2026-05-19T16:02:02.487+02:00","updatedAt":null,"image":{"x":1},
		"username":12,"networkHotplug":"true","sshKeyId":null,"unknown":[{}],
		"configuration":{"id":3,"cpu":"4","ram":8.0,"disk":20.5,"skuId":9},"datacenter":[]}}`)
	vm, err := client.GetVM(t.Context(), documentedID)
	if err != nil {
		t.Fatal(err)
	}
	want := gpcn.VM{
		ID: "4711", Status: "RUNNING", CreatedAt: "2026-05-19T16:02:02.487+02:00", Username: new("12"), NetworkHotplug: true,
		Configuration: gpcn.VMConfiguration{ID: "3", SKUID: "9", Hardware: gpcn.Hardware{CPU: new(4), RAM: new(8)}},
	}
	if diff := cmp.Diff(want, vm); diff != "" {
		t.Errorf("VM (-want +got):\n%s", diff)
	}
	if !vm.Status.Is(gpcn.StatusError, gpcn.StatusRunning) || vm.Status.Is(gpcn.StatusShutoff) || gpcn.Status("").Is(gpcn.StatusRunning) {
		t.Error("the status is not told whatever its case")
	}
	at := time.Date(2026, 5, 19, 14, 2, 2, 487e6, time.UTC)
	if got := vm.CreatedAt.Time(); got == nil || !got.Equal(at) || vm.UpdatedAt.Time() != nil || gpcn.NewTimestamp(at) != "2026-05-19T14:02:02.487Z" {
		t.Errorf("created %v, updated %v", vm.CreatedAt.Time(), vm.UpdatedAt.Time())
	}
}

func TestInterfacesTellThePrimaryInAnyForm(t *testing.T) {
	for text, want := range map[string]gpcn.Bit{
		"1": true, "0": false, "true": true, "false": false, `"1"`: true, `"true"`: true, `"0"`: false,
		"null": false, "2": false, `"yes"`: false, "{}": false, "[1]": false,
	} {
		client := answering(t, 200, `{"success":true,"data":[{"id":"n","isPrimary":`+text+`},null,7]}`)
		rows, err := client.ListInterfaces(t.Context(), documentedID)
		if err != nil || len(rows) != 1 || rows[0].IsPrimary != want {
			t.Errorf("%s: %+v, error %v", text, rows, err)
		}
	}
}

func TestCustomizations(t *testing.T) {
	all := &gpcn.Customizations{SSHKey: true, Password: true, Username: true}
	tests := []struct {
		config string
		want   *gpcn.Customizations
	}{
		{`{"customizations":{"sshKey":true,"password":true,"username":true}}`, all},
		{`{"customizations":{"sshKey":1,"password":"true","username":true,"more":{}}}`, all},
		{`{"customizations":["sshKey","password","username","more"]}`, all},
		{`{"customizations":["SSHKEY"]}`, &gpcn.Customizations{SSHKey: true}},
		{`{"customizations":{"password":true,"username":false}}`, &gpcn.Customizations{Password: true}},
		{`{"customizations":{}}`, &gpcn.Customizations{}},
		{`{"customizations":[]}`, &gpcn.Customizations{}},
		{`{"customizations":"sshKey"}`, &gpcn.Customizations{}},
		{`{"customizations":null}`, nil},
		{`{}`, nil},
		{`null`, nil},
		{`7`, nil},
	}
	for _, tt := range tests {
		client := answering(t, 200, `{"success":true,"data":[{"name":"Linux","images":[{"id":"i","config":`+tt.config+`}]}],"meta":{"constraints":{"usernames":["root",null,7]}}}`)
		images, err := client.ListImages(t.Context(), documentedID)
		if err != nil {
			t.Fatalf("%s: %v", tt.config, err)
		}
		if diff := cmp.Diff(tt.want, images.Categories[0].Images[0].Config.Customizations); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.config, diff)
		}
		if diff := cmp.Diff([]string{"root", "7"}, images.Meta.Constraints.Usernames); diff != "" {
			t.Errorf("reserved names (-want +got):\n%s", diff)
		}
	}
}

func TestBulkReasons(t *testing.T) {
	for text, want := range map[string]gpcn.BulkReason{
		`"no"`: "no", `{"code":"C","message":"no"}`: "no", `{"code":"C"}`: "C", `{ "other": [1] }`: `{"other":[1]}`, `[ 1 ]`: "[1]",
	} {
		result, err := answering(t, 200, `{"data":{"results":[{"id":"x","success":false,"error":`+text+`},{"id":"y","success":true,"error":null}],"summary":{"total":"2"}}}`).StopGPUs(t.Context(), "x", "y")
		if err != nil || *result.Results[0].Error != want || result.Results[1].Error != nil || result.Summary.Total != 2 {
			t.Errorf("%s: %+v, error %v", text, result, err)
		}
	}
}

// An inventory whose provider is down is no error of the call, and says so.
func TestInventoryOfAProviderThatIsDown(t *testing.T) {
	h := newHouse(t)
	h.sandbox.SetGPUProvider(true)
	inventory, err := h.GetGPUInventory(t.Context(), gpcn.InventoryFilter{})
	if err != nil || inventory.Error == nil || inventory.Error.Code != gpcn.ProviderUnavailable || len(inventory.Series) == 0 {
		t.Fatalf("inventory %+v, error %v", inventory, err)
	}
	for _, series := range inventory.Series {
		if len(series.Availability) != 0 {
			t.Errorf("%s is available", series.Name)
		}
	}
}

// A field of an update is left out, cleared or set.
func TestChanges(t *testing.T) {
	var sent string
	client := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		sent = string(raw)
		_, _ = io.WriteString(w, `{"success":true,"data":{"id":"x"}}`)
	}), "sandbox")
	for want, update := range map[string]gpcn.GPUUpdate{
		`{}`:                {},
		`{"sshKeyId":null}`: {SSHKeyID: gpcn.Clear[cloud.SSHKeyID]()},
		`{"sshKeyId":"k"}`:  {SSHKeyID: gpcn.SetTo[cloud.SSHKeyID]("k")},
		`{"name":"n","resourceGroupId":"g","username":"u"}`: {Name: new("n"), ResourceGroupID: new(gpcn.ResourceGroupID("g")), Username: new("u")},
	} {
		if _, err := client.UpdateGPU(t.Context(), "x", update); err != nil || sent != want {
			t.Errorf("sent %s, want %s, error %v", sent, want, err)
		}
		if again := decode[gpcn.GPUUpdate](t, []byte(sent)); again.SSHKeyID.IsZero() != update.SSHKeyID.IsZero() ||
			cmp.Diff(update.SSHKeyID.Value(), again.SSHKeyID.Value()) != "" {
			t.Errorf("%s is read as %+v", sent, again.SSHKeyID)
		}
	}
	for want, update := range map[string]gpcn.VMUpdate{
		`{"name":"n"}`:             {Name: new("n")},
		`{"resourceGroupId":null}`: {ResourceGroupID: gpcn.Clear[gpcn.ResourceGroupID]()},
	} {
		if err := client.UpdateVM(t.Context(), "x", update); err != nil || sent != want {
			t.Errorf("sent %s, want %s, error %v", sent, want, err)
		}
	}
}

func TestQueriesAndPaths(t *testing.T) {
	var sent string
	client := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = r.URL.RequestURI()
		_, _ = io.WriteString(w, `{"success":true,"data":[]}`)
	}), "sandbox")
	ctx := t.Context()
	options := gpcn.ListOptions{Page: 2, Limit: 50, Sort: "name:asc,createdAt:desc", Search: "a&b"}
	const all = "limit=50&page=2&search=a%26b&sort=name%3Aasc%2CcreatedAt%3Adesc"
	tests := []struct {
		call func() error
		want string
	}{
		{func() error { _, err := client.ListSSHKeys(ctx, options); return err }, "/ssh-keys?" + all},
		{func() error {
			_, err := client.ListDataCenters(ctx, gpcn.DataCenterFilter{ListOptions: options, CountryName: "US", RegionName: "central", GPUEnabled: new(false)})
			return err
		}, "/data-centers?countryName=US&gpuEnabled=false&limit=50&page=2&regionName=central&search=a%26b&sort=name%3Aasc%2CcreatedAt%3Adesc"},
		{func() error {
			_, err := client.ListGPUs(ctx, gpcn.GPUFilter{ResourceGroupID: "g"})
			return err
		}, "/gpu?resourceGroupId=g"},
		{func() error {
			_, err := client.ListVMs(ctx, gpcn.VMFilter{ResourceGroupID: "g"})
			return err
		}, "/virtual-machines?resourceGroupId=g"},
		{func() error {
			_, err := client.ListNetworks(ctx, gpcn.NetworkFilter{DatacenterID: "d", NetworkType: gpcn.NetworkCustom})
			return err
		}, "/networks?datacenterId=d&networkType=custom"},
		{func() error { _, err := client.ListInterfaces(ctx, "../a/b?c"); return err }, "/virtual-machines/..%2Fa%2Fb%3Fc/network-interfaces"},
	}
	for _, tt := range tests {
		if err := tt.call(); err != nil || sent != "/v1/resource"+tt.want {
			t.Errorf("sent %s, want %s, error %v", sent, tt.want, err)
		}
	}
	// These do not return a list.
	_, _ = client.ListSizes(ctx, "d", "v")
	if !strings.HasSuffix(sent, "/d/virtual-machine-sizes?vmId=v") {
		t.Errorf("sent %s", sent)
	}
	_, _ = client.GetGPUInventory(ctx, gpcn.InventoryFilter{Code: "h100_series", DatacenterID: "d", Count: 8})
	if !strings.HasSuffix(sent, "/inventory?code=h100_series&count=8&datacenterId=d") {
		t.Errorf("sent %s", sent)
	}
}

func TestDefaults(t *testing.T) {
	client := newClient(t, http.NotFoundHandler(), "k")
	if !strings.HasSuffix(client.BaseURL(), "/v1") || !strings.HasSuffix(gpcn.DefaultBaseURL, "/v1") {
		t.Errorf("base URL %q", client.BaseURL())
	}
}
