package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// dallas is the place with both networks.
func dallas(t *testing.T, s http.Handler) voltagepark.BareMetalLocation {
	t.Helper()
	return decode[voltagepark.List[voltagepark.BareMetalLocation]](t, ask(s, "GET", base+"/bare-metal/locations", "")).Results[0]
}

// order is a body that rents servers on ethernet.
func order(place cloud.LocationID, gpus int, more string) string {
	return fmt.Sprintf(`{"location_id":%q,"gpu_count":%d,"name":"c","network_type":"ethernet"%s}`, place, gpus, more)
}

// rented creates a rental of two servers and returns its path.
func rented(t *testing.T, s http.Handler) string {
	t.Helper()
	w := ask(s, "POST", base+"/bare-metal/", order(dallas(t, s).ID, 16, ""))
	if w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return base + "/bare-metal/" + string(decode[voltagepark.CreatedRental](t, w).RentalID)
}

func TestRentalRequestsThatAreNotValid(t *testing.T) {
	s, _ := newSandbox()
	place := dallas(t, s).ID
	const rental = "/bare-metal/" + nothing
	for name, c := range map[string]struct{ method, path, body, kind, loc string }{
		"no place":             {"POST", "/bare-metal/", `{"gpu_count":8,"name":"c","network_type":"ethernet"}`, "missing", `["body","location_id"]`},
		"no number":            {"POST", "/bare-metal/", strings.Replace(order(place, 8, ""), ":8,", `:"many",`, 1), "int_type", `["body","gpu_count"]`},
		"network":              {"POST", "/bare-metal/", strings.Replace(order(place, 8, ""), "ethernet", "wifi", 1), "enum", `["body","network_type"]`},
		"sub-order of words":   {"POST", "/bare-metal/", order(place, 8, `,"sub_order":"mine"`), "int_parsing", `["body","sub_order"]`},
		"volume of no UUID":    {"POST", "/bare-metal/", order(place, 8, `,"storage_id":"data"`), "uuid_parsing", `["body","storage_id"]`},
		"the VM's field":       {"POST", "/bare-metal/", order(place, 8, `,"cloud_init":{}`), "extra_forbidden", `["body","cloud_init"]`},
		"unknown cloud-init":   {"POST", "/bare-metal/", order(place, 8, `,"cloudinit_script":{"users":[]}`), "extra_forbidden", `["body","cloudinit_script","users"]`},
		"limit of words":       {"GET", "/bare-metal/?limit=some", "", "int_parsing", `["query","limit"]`},
		"limit too large":      {"GET", "/bare-metal/?limit=101", "", "less_than_equal", `["query","limit"]`},
		"rental of no UUID":    {"GET", "/bare-metal/c", "", "uuid_parsing", `["path","baremetal_rental_id"]`},
		"power of a VM":        {"PUT", rental + "/power-status", `{"status":"stopped_disassociated"}`, "enum", `["body","status"]`},
		"no power":             {"PUT", rental + "/power-status", `{}`, "missing", `["body","status"]`},
		"no addresses":         {"POST", rental + "/reboot", `{}`, "missing", `["body","public_ips"]`},
		"an address":           {"PATCH", rental + "/remove-nodes", `{"public_ips":"198.51.100.2"}`, "list_type", `["body","public_ips"]`},
		"the field of another": {"PATCH", rental + "/remove-nodes", `{"public_ips":[],"node_ids":[]}`, "extra_forbidden", `["body","node_ids"]`},
		"name of a number":     {"PATCH", rental, `{"name":1}`, "string_type", `["body","name"]`},
		"volume in a path":     {"GET", "/storage/data", "", "uuid_parsing", `["path","storage_id"]`},
		"cloud-init of what":   {"POST", "/validate/cloudinit", `{"type":"phone","content":"x"}`, "enum", `["body","type"]`},
		"no cloud-init":        {"POST", "/validate/cloudinit", `{"type":"vm"}`, "missing", `["body","content"]`},
	} {
		w := ask(s, c.method, base+c.path, c.body)
		answer := decode[struct {
			Detail []struct {
				Type string          `json:"type"`
				Loc  json.RawMessage `json:"loc"`
			} `json:"detail"`
		}](t, w)
		if w.Code != 422 || len(answer.Detail) != 1 || answer.Detail[0].Type != c.kind || string(answer.Detail[0].Loc) != c.loc {
			t.Errorf("%s: status %d, body %s", name, w.Code, w.Body)
		}
	}
}

func TestRentalsThatAreNotMade(t *testing.T) {
	s, _ := newSandbox()
	place := dallas(t, s).ID
	for name, body := range map[string]string{
		"part of a server": order(place, 12, ""),
		"none":             order(place, 0, ""),
		"too many":         order(place, 72, ""),
		"nowhere":          order(nothing, 8, ""),
		"unknown volume":   order(place, 8, `,"storage_id":"`+nothing+`"`),
		"unknown key":      order(place, 8, `,"organization_ssh_keys":{"mode":"selective","ssh_key_ids":["`+nothing+`"]}`),
	} {
		if w := ask(s, "POST", base+"/bare-metal/", body); w.Code != 400 || !strings.Contains(w.Body.String(), "detail") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if *dallas(t, s).GPUCountEthernet != 64 {
		t.Error("GPUs are gone")
	}
	for _, path := range []string{"/bare-metal/" + nothing, "/storage/" + nothing} {
		if w := ask(s, "GET", base+path, ""); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// A rental from its creation to its deletion: what is possible when, its members, and its
// cost.
func TestTheLifeOfARental(t *testing.T) {
	s, kit := newSandbox()
	rental := rented(t, s)
	addresses := func() (all []string) {
		for _, n := range decode[voltagepark.BareMetalRental](t, ask(s, "GET", rental, "")).NodeNetworking {
			all = append(all, *n.PublicIP)
		}
		return all
	}
	free := func() int { return *dallas(t, s).GPUCountEthernet }
	rate := func() string {
		w := ask(s, "GET", base+"/billing/hourly-rate", "")
		n, _ := decode[voltagepark.HourlyRate](t, w).RateHourly.Number()
		return n.String()
	}
	expect := func(what string, status int, method, path, body string) {
		t.Helper()
		if w := ask(s, method, path, body); w.Code != status {
			t.Errorf("%s: %d %s", what, w.Code, w.Body)
		}
	}
	if free() != 48 || rate() != "35.82" {
		t.Errorf("%d free, %s per hour", free(), rate())
	}
	members := decode[map[string]any](t, ask(s, "GET", rental, ""))
	if len(members) != 6 || members["status"] != "Pending" {
		t.Errorf("Pending: %v", members)
	}
	expect("off while Pending", 400, "PUT", rental+"/power-status", `{"status":"stopped"}`)
	kit.Clock.Advance(15 * time.Minute)
	expect("reboot of nobody", 400, "POST", rental+"/reboot", `{"public_ips":[]}`)
	expect("reboot of a stranger", 400, "POST", rental+"/reboot", `{"public_ips":["192.0.2.1"]}`)
	nodes := addresses()
	expect("reboot", 201, "POST", rental+"/reboot", `{"public_ips":["`+nodes[0]+`"]}`)
	expect("reboot while it reboots", 400, "POST", rental+"/reboot", `{"public_ips":["`+nodes[0]+`"]}`)
	kit.Clock.Advance(5 * time.Minute)
	expect("off", 200, "PUT", rental+"/power-status", `{"status":"stopped"}`)
	if row := decode[voltagepark.BareMetalRental](t, ask(s, "GET", rental, "")); row.PowerStatus != "Stopped" || row.Status != "Running" {
		t.Errorf("%+v", row)
	}
	if w := ask(s, "PUT", rental+"/power-status", `{"status":"stopped"}`); w.Code != 200 || !strings.Contains(w.Body.String(), "already") {
		t.Errorf("off again: %d %s", w.Code, w.Body)
	}
	expect("all servers", 400, "PATCH", rental+"/remove-nodes", `{"public_ips":["`+strings.Join(nodes, `","`)+`"]}`)
	expect("a server", 200, "PATCH", rental+"/remove-nodes", `{"public_ips":["`+nodes[1]+`"]}`)
	if left := addresses(); len(left) != 1 || left[0] != nodes[0] || free() != 56 || rate() != "19.9" {
		t.Errorf("%v, %d free, %s per hour", left, free(), rate())
	}
	expect("end", 202, "DELETE", rental, "")
	if free() != 64 || rate() != "3.98" {
		t.Errorf("%d free, %s per hour", free(), rate())
	}
	expect("end again", 400, "DELETE", rental, "")
	kit.Clock.Advance(time.Minute)
	expect("gone", 404, "GET", rental, "")
	// 16 GPUs for 20 minutes; the server was removed when the rental ended.
	lines := decode[voltagepark.List[voltagepark.Transaction]](t, ask(s, "GET", base+"/billing/transactions?types=baremetal", ""))
	if n, _ := lines.Results[0].TotalAmount.Number(); len(lines.Results) != 1 || n.StringFixed(6) != "-10.613333" {
		t.Errorf("%+v", lines.Results)
	}
}

func TestPagesOfRentals(t *testing.T) {
	s, _ := newSandbox()
	for range 3 {
		rented(t, s)
	}
	for query, want := range map[string]int{"": 3, "?limit=2": 2, "?limit=all": 3, "?limit=2&offset=2": 1} {
		list := decode[voltagepark.List[voltagepark.BareMetalRental]](t, ask(s, "GET", base+"/bare-metal/"+query, ""))
		if len(list.Results) != want || *list.TotalResultCount != 3 {
			t.Errorf("%q: %d of %d", query, len(list.Results), *list.TotalResultCount)
		}
	}
	put := s.PutRental("beside", "Stopped")
	if row := decode[voltagepark.BareMetalRental](t, ask(s, "GET", base+"/bare-metal/"+string(put), "")); row.PowerStatus != "Stopped" || len(row.NodeNetworking) != 1 {
		t.Errorf("%+v", row)
	}
	if w := ask(s, "DELETE", base+"/bare-metal/"+string(put), ""); w.Code != 202 || *dallas(t, s).GPUCountEthernet != 16 {
		t.Errorf("%d, stock %d", w.Code, *dallas(t, s).GPUCountEthernet)
	}
	s.FailRentals()
	list := decode[voltagepark.List[voltagepark.BareMetalRental]](t, ask(s, "GET", base+"/bare-metal/", ""))
	if list.Results[0].Status != voltagepark.RentalFailed {
		t.Errorf("%+v", list.Results[0])
	}
}

func TestCloudInitIsLookedThrough(t *testing.T) {
	s, _ := newSandbox()
	for content, wrong := range map[string]bool{
		`"#cloud-config\npackages: [htop]\n"`: false,
		`"echo hi"`:                           true,
		`{"packages":["htop"]}`:               false,
		`{"write_files":[{"path":"/a","content":"x","permissions":"0644"}]}`:      false,
		`{"write_files":[{"path":"a","content":"x"}]}`:                            true,
		`{"write_files":[{"path":"/a","content":"x","permissions":"rw-r--r--"}]}`: true,
		`{"write_files":[{"path":"/a"}]}`:                                         true,
		`{"users":[]}`:                                                            true,
		`[]`:                                                                      true,
	} {
		w := ask(s, "POST", base+"/validate/cloudinit", `{"type":"baremetal","content":`+content+`}`)
		if got := decode[voltagepark.CloudInitAnswer](t, w); w.Code != 200 || got.Error != wrong || (got.Message != nil) != wrong {
			t.Errorf("%s: %d %s", content, w.Code, w.Body)
		}
	}
}
