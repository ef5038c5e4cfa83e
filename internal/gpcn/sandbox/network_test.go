package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
)

// Every rule of a network and of interfaces, one wrong field each.
func TestRulesOfNetworks(t *testing.T) {
	s := newTenant()
	h := s.shop(t)
	nets := base + "/networks"
	body := func(more string) string {
		return `{"name":"blue","datacenterId":"` + h.kansas + `","networkType":"standard"` + more + `}`
	}
	web, vm := nets+"/"+h.front, base+"/virtual-machines/"+string(s.VMs()[0].ID)
	nics := data[[]gpcn.NetworkInterface](t, s.ask("GET", vm+"/network-interfaces", ""))
	back := vm + "/network-interfaces/" + string(nics[1].ID)
	for _, tt := range []struct{ name, method, path, body, field string }{
		{"no type", "POST", nets, `{"name":"blue","datacenterId":"` + h.kansas + `"}`, "networkType"},
		{"another type", "POST", nets, `{"name":"blue","datacenterId":"` + h.kansas + `","networkType":"vpc"}`, "networkType"},
		{"SNAT on custom", "POST", nets, `{"name":"blue","datacenterId":"` + h.kansas + `","networkType":"custom","snatEnabled":true}`, "snatEnabled"},
		{"no addresses", "POST", nets, body(`,"cidrBlock":"ten"`), "cidrBlock"},
		{"not at its network address", "POST", nets, body(`,"cidrBlock":"10.0.0.1/24"`), "cidrBlock"},
		{"one end", "POST", nets, body(`,"cidrBlock":"10.0.0.0/24","dhcpStartAddress":"10.0.0.2"`), "dhcpStartAddress"},
		{"ends outside", "POST", nets, body(`,"cidrBlock":"10.0.0.0/24","dhcpStartAddress":"10.0.0.2","dhcpEndAddress":"10.0.1.2"`), "dhcpStartAddress"},
		{"ends the wrong way", "POST", nets, body(`,"cidrBlock":"10.0.0.0/24","dhcpStartAddress":"10.0.0.9","dhcpEndAddress":"10.0.0.2"`), "dhcpStartAddress"},
		{"a router of text", "POST", nets, body(`,"defaultRoute":"gate"`), "defaultRoute"},
		{"a flag of text", "POST", nets, body(`,"dhcpServerEnabled":"yes"`), "dhcpServerEnabled"},
		{"name servers of text", "POST", nets, body(`,"dnsServers":"dns"`), "dnsServers"},
		{"a number for name servers", "POST", nets, body(`,"dnsServers":7`), "dnsServers"},
		{"type in a change", "PUT", web, `{"networkType":"custom"}`, "networkType"},
		{"SNAT in a change", "PUT", web, `{"snatEnabled":false}`, "snatEnabled"},
		{"ends of another network", "PUT", web, `{"dhcpStartAddress":"10.0.0.9","dhcpEndAddress":"10.0.0.10"}`, "dhcpStartAddress"},
		{"joining no network", "POST", vm + "/network-interfaces", `{}`, "networkId"},
		{"joining one elsewhere", "POST", vm + "/network-interfaces", `{"networkId":"` + h.far + `"}`, "networkId"},
		{"not the primary one", "PUT", back, `{"setPrimary":false}`, "setPrimary"},
		{"an interface of no UUID", "DELETE", vm + "/network-interfaces/eth0", ``, "nicId"},
	} {
		t.Run(tt.name, func(t *testing.T) { wantIssue(t, s.ask(tt.method, tt.path, tt.body), tt.field) })
	}
}

// Requests that the present state forbids, and unknown IDs.
func TestStatesOfNetworks(t *testing.T) {
	s := newTenant()
	h := s.shop(t)
	nets := base + "/networks"
	vm, stopped := base+"/virtual-machines/"+string(s.VMs()[0].ID)+"/network-interfaces", base+"/virtual-machines/"+string(s.VMs()[1].ID)+"/network-interfaces"
	nics := data[[]gpcn.NetworkInterface](t, s.ask("GET", vm, ""))
	first, second := vm+"/"+string(nics[0].ID), vm+"/"+string(nics[1].ID)
	other := stopped + "/" + string(data[[]gpcn.NetworkInterface](t, s.ask("GET", stopped, ""))[0].ID)
	blue := `{"name":"blue","datacenterId":"` + h.kansas + `","networkType":"custom"}`
	for _, step := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", nets + "/" + nothing, "", 404},
		{"GET", nets + "/" + nothing + "/virtual-machines", "", 404},
		{"PUT", nets + "/" + nothing, `{"name":"x"}`, 404},
		{"DELETE", nets + "/" + nothing, "", 404},
		{"POST", nets, strings.Replace(blue, h.kansas, nothing, 1), 404},
		{"POST", nets, strings.Replace(blue, "blue", "web-net", 1), 409},
		{"PUT", nets + "/" + h.front, `{"name":"chi-net"}`, 409},
		{"PUT", nets + "/" + h.front, `{"name":"web-net","dnsServers":["9.9.9.9"]}`, 200},
		{"DELETE", nets + "/" + h.front, "", 409},
		{"POST", vm, `{"networkId":"` + nothing + `"}`, 404},
		{"PUT", vm + "/" + nothing, `{"setPrimary":true}`, 404},
		{"DELETE", first, "", 409},
		{"POST", first + "/public-ip", "", 409},
		{"POST", second + "/public-ip", "", 400},
		{"DELETE", second + "/public-ip", "", 404},
		{"DELETE", other + "/public-ip", "", 404},
		{"DELETE", nets + "/" + h.far, "", 202},
		{"DELETE", nets + "/" + h.far, "", 409},
		{"PUT", nets + "/" + h.far, `{"name":"late"}`, 409},
	} {
		if w := s.ask(step.method, step.path, step.body); w.Code != step.status {
			t.Errorf("%s %s: status %d, want %d: %s", step.method, step.path, w.Code, step.status, w.Body)
		}
	}
	s.SetStatus(s.VMs()[0].ID, gpcn.StatusStarting)
	if w := s.ask("DELETE", second, ""); w.Code != 409 {
		t.Errorf("a machine that starts: %d", w.Code)
	}
}

// Jobs that do not succeed change nothing.
func TestNetworkJobsThatDoNotSucceed(t *testing.T) {
	s := newTenant()
	h := s.shop(t)
	vm := base + "/virtual-machines/" + string(s.VMs()[0].ID) + "/network-interfaces"
	for _, outcome := range []sandbox.Outcome{sandbox.Fail, sandbox.Cancel} {
		for _, step := range []struct{ method, path, body string }{
			{"POST", base + "/networks", `{"name":"blue","datacenterId":"` + h.kansas + `","networkType":"custom"}`},
			{"DELETE", base + "/networks/" + h.far, ""},
			{"POST", vm, `{"networkId":"` + h.front + `"}`},
		} {
			if !s.NextJob(outcome, 50) {
				t.Fatal("no such outcome")
			}
			job := data[gpcn.Job](t, s.ask(step.method, step.path, step.body))
			s.kit.Clock.Advance(time.Minute)
			if ended := s.job(t, job.JobID); ended.State() == gpcn.JobSucceeded || ended.State() == gpcn.JobRunning {
				t.Errorf("%s %s: %s", step.method, step.path, ended.State())
			}
		}
	}
	if n := len(data[[]gpcn.Network](t, s.ask("GET", base+"/networks", ""))); n != 3 {
		t.Errorf("%d networks", n)
	}
	if n := len(data[[]gpcn.NetworkInterface](t, s.ask("GET", vm, ""))); n != 2 {
		t.Errorf("%d interfaces", n)
	}
}
