package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
)

// shop is what can be named in a create.
type shop struct {
	kansas, chicago            string
	ubuntu, windows, appliance string
	elsewhere                  string // an image of Chicago
	size, largest              string // the largest is of Kansas only
	front, back, far           string // networks: standard, custom, of Chicago
	group, key                 string
}

func (s tenant) shop(t *testing.T) shop {
	t.Helper()
	var out shop
	for _, d := range data[[]gpcn.DataCenter](t, s.ask("GET", base+"/data-centers", "")) {
		if d.Name == "Kansas" {
			out.kansas = string(d.ID)
		} else {
			out.chicago = string(d.ID)
		}
	}
	images := func(place string) []gpcn.ImageCategory {
		return data[[]gpcn.ImageCategory](t, s.ask("GET", base+"/data-centers/"+place+"/virtual-machine-images", ""))
	}
	here := images(out.kansas)
	out.ubuntu, out.windows, out.appliance = string(here[0].Images[0].ID), string(here[1].Images[0].ID), string(here[2].Images[0].ID)
	out.elsewhere = string(images(out.chicago)[0].Images[0].ID)
	sizes := data[gpcn.SizeCatalogue](t, s.ask("GET", base+"/data-centers/"+out.kansas+"/virtual-machine-sizes", ""))
	out.size, out.largest = string(sizes.Categories[0].Sizes[0].SKUID), string(sizes.Categories[1].Sizes[0].SKUID)
	for _, n := range data[[]gpcn.Network](t, s.ask("GET", base+"/networks", "")) {
		switch n.Name {
		case "web-net":
			out.front = string(n.ID)
		case "backend-l2":
			out.back = string(n.ID)
		case "chi-net":
			out.far = string(n.ID)
		}
	}
	out.group, out.key = string(*s.VMs()[0].ResourceGroupID), string(s.SSHKeys()[0].ID)
	return out
}

// order is a valid body, with members changed, added, or taken out by null.
func (h shop) order(t *testing.T, changes string) string {
	t.Helper()
	members := map[string]any{
		"datacenterId": h.kansas, "imageId": h.ubuntu, "skuId": h.size, "name": "box", "authMethod": "ssh-key", "sshKeyId": h.key,
	}
	var changed map[string]any
	if err := json.Unmarshal([]byte("{"+changes+"}"), &changed); err != nil {
		t.Fatalf("%v in %s", err, changes)
	}
	for name, value := range changed {
		if members[name] = value; value == nil {
			delete(members, name)
		}
	}
	raw, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func (s tenant) create(t *testing.T, changes string) *httptest.ResponseRecorder {
	t.Helper()
	return s.ask("POST", base+"/virtual-machines", s.shop(t).order(t, changes))
}

// Every rule of page "Create a new virtual machine".
func TestRulesOfACreate(t *testing.T) {
	s := newTenant()
	h := s.shop(t)
	nic := func(network string, primary bool) string {
		return fmt.Sprintf(`{"networkId":%q,"primary":%t}`, network, primary)
	}
	six := strings.TrimSuffix(strings.Repeat(nic(h.front, false)+",", 5)+nic(h.front, true), ",")
	password := func(value string) string { return `"authMethod":"password","sshKeyId":null,"password":"` + value + `"` }
	for _, tt := range []struct{ name, changes, field string }{
		{"no data center", `"datacenterId":null`, "datacenterId"},
		{"no image", `"imageId":null`, "imageId"},
		{"no SKU", `"skuId":null`, "skuId"},
		{"no name", `"name":null`, "name"},
		{"data center of no UUID", `"datacenterId":"Kansas"`, "datacenterId"},
		{"image of no UUID", `"imageId":"Ubuntu"`, "imageId"},
		{"SKU of a number", `"skuId":7`, "skuId"},
		{"empty name", `"name":""`, "name"},
		{"group of no UUID", `"resourceGroupId":""`, "resourceGroupId"},
		{"unknown field", `"userData":"x"`, "userData"},
		{"legacy configuration", `"configurationId":7`, "configurationId"},
		{"no instances", `"numberOfInstances":0`, "numberOfInstances"},
		{"11 instances", `"numberOfInstances":11`, "numberOfInstances"},
		{"half an instance", `"numberOfInstances":1.5`, "numberOfInstances"},
		{"instances of text", `"numberOfInstances":"2"`, "numberOfInstances"},
		{"public IP of text", `"allocatePublicIp":"yes"`, "allocatePublicIp"},
		{"public IP on a custom network", `"allocatePublicIp":true,"networkInterfaces":[` + nic(h.front, false) + "," + nic(h.back, true) + `]`, "allocatePublicIp"},
		{"interfaces of text", `"networkInterfaces":"all"`, "networkInterfaces"},
		{"six interfaces", `"networkInterfaces":[` + six + `]`, "networkInterfaces"},
		{"no primary", `"networkInterfaces":[` + nic(h.front, false) + `]`, "networkInterfaces"},
		{"two primaries", `"networkInterfaces":[` + nic(h.front, true) + "," + nic(h.back, true) + `]`, "networkInterfaces"},
		{"network of no UUID", `"networkInterfaces":[` + nic("web-net", true) + `]`, "networkInterfaces.0.networkId"},
		{"interface without a network", `"networkInterfaces":[{"primary":true}]`, "networkInterfaces.0.networkId"},
		{"interface that does not say", `"networkInterfaces":[` + nic(h.front, true) + `,{"networkId":"` + h.back + `"}]`, "networkInterfaces.1.primary"},
		{"interface with more", `"networkInterfaces":[{"networkId":"` + h.front + `","primary":true,"ip":"x"}]`, "networkInterfaces.0.ip"},
		{"network elsewhere", `"networkInterfaces":[` + nic(h.far, true) + `]`, "networkInterfaces.0.networkId"},
		{"unknown auth method", `"authMethod":"none","sshKeyId":null`, "authMethod"},
		{"key without a method", `"authMethod":null`, "sshKeyId"},
		{"no auth where it is needed", `"authMethod":null,"sshKeyId":null`, "authMethod"},
		{"method without its key", `"sshKeyId":null`, "sshKeyId"},
		{"method without its password", `"authMethod":"password","sshKeyId":null`, "password"},
		{"password beside a key", `"password":"Abcdefgh1234!"`, "password"},
		{"key of no UUID", `"sshKeyId":"ops-laptop"`, "sshKeyId"},
		{"key on Windows", `"imageId":"` + h.windows + `"`, "authMethod"},
		{"auth on an appliance", `"imageId":"` + h.appliance + `"`, "authMethod"},
		{"short password", password("Abcdefg123!"), "password"},
		{"long password", password("Abcdefgh1234567890!xy"), "password"},
		{"password without upper case", password("abcdefgh1234!"), "password"},
		{"password without lower case", password("ABCDEFGH1234!"), "password"},
		{"password without a digit", password("Abcdefghijkl!"), "password"},
		{"password without a special character", password("Abcdefgh12345"), "password"},
		{"password with another character", password("Abcdefgh1234!$"), "password"},
		{"short username", `"username":"me"`, "username"},
		{"long username", `"username":"abcdefghijklmnopqrstu"`, "username"},
		{"reserved username", `"username":"root"`, "username"},
		{"reserved username in capitals", `"username":"Guest"`, "username"},
		{"username on Windows", `"imageId":"` + h.windows + `","username":"myuser",` + password("Abcdefgh1234!"), "username"},
		{"username on an appliance", `"imageId":"` + h.appliance + `","authMethod":null,"sshKeyId":null,"username":"myuser"`, "username"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := s.create(t, tt.changes)
			wantIssue(t, w, tt.field)
			for _, value := range []string{"bcdefgh", "BCDEFGH"} {
				if tt.field == "password" && strings.Contains(w.Body.String(), value) {
					t.Errorf("the password is repeated: %s", w.Body)
				}
			}
		})
	}
	if e := decode[errorBody](t, s.create(t, `"configurationId":7`)); !strings.Contains(e.Message, "skuId") {
		t.Errorf("no reason for configurationId: %s", e.Message)
	}
	wantIssueOf := func(body, field string) { wantIssue(t, s.ask("POST", base+"/virtual-machines", body), field) }
	wantIssueOf("", "body")
	wantIssueOf("[]", "body")
	for _, tt := range []struct{ name, changes string }{
		{"data center", `"datacenterId":"` + nothing + `"`},
		{"image", `"imageId":"` + nothing + `"`},
		{"image of another data center", `"imageId":"` + h.elsewhere + `"`},
		{"SKU", `"skuId":"` + nothing + `"`},
		{"SKU of another data center", `"datacenterId":"` + h.chicago + `","imageId":"` + h.elsewhere + `","skuId":"` + h.largest + `"`},
		{"network", `"networkInterfaces":[` + nic(nothing, true) + `]`},
		{"group", `"resourceGroupId":"` + nothing + `"`},
		{"key", `"sshKeyId":"` + nothing + `"`},
	} {
		if w := s.create(t, tt.changes); w.Code != 404 {
			t.Errorf("unknown %s: status %d: %s", tt.name, w.Code, w.Body)
		}
	}
	if n := len(s.VMs()); n != 3 {
		t.Errorf("%d machines after refusals", n)
	}
}

func TestCreatesThatAreFine(t *testing.T) {
	s := newTenant()
	h := s.shop(t)
	for name, tt := range map[string]struct {
		changes  string
		username *string
		networks []string
		public   bool
	}{
		"smallest":       {``, new("ubuntu"), []string{"default"}, false},
		"own username":   {`"username":"my.user"`, new("my.user"), []string{"default"}, false},
		"password":       {`"authMethod":"password","sshKeyId":null,"password":"Abcdefgh1234_"`, new("ubuntu"), []string{"default"}, false},
		"custom":         {`"authMethod":"custom","sshKeyId":null`, new("ubuntu"), []string{"default"}, false},
		"Windows":        {`"imageId":"` + h.windows + `","authMethod":"password","sshKeyId":null,"password":"Abcdefgh-1234"`, new("Administrator"), []string{"default"}, false},
		"appliance":      {`"imageId":"` + h.appliance + `","authMethod":null,"sshKeyId":null`, nil, []string{"default"}, false},
		"public":         {`"allocatePublicIp":true`, new("ubuntu"), []string{"default"}, true},
		"group":          {`"resourceGroupId":"` + h.group + `"`, new("ubuntu"), []string{"default"}, false},
		"custom network": {`"networkInterfaces":[{"networkId":"` + h.back + `","primary":true}]`, new("ubuntu"), []string{"backend-l2"}, false},
		"two networks":   {`"allocatePublicIp":true,"networkInterfaces":[{"networkId":"` + h.back + `","primary":false},{"networkId":"` + h.front + `","primary":true}]`, new("ubuntu"), []string{"web-net", "backend-l2"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := s.create(t, tt.changes)
			started := data[struct{ Jobs []gpcn.Job }](t, w)
			if w.Code != 202 || len(started.Jobs) != 1 {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			s.kit.Clock.Advance(time.Minute)
			path := base + "/virtual-machines/" + *started.Jobs[0].ResourceID
			vm := data[gpcn.VM](t, s.ask("GET", path, ""))
			if diff := cmp.Diff(tt.username, vm.Username); diff != "" || vm.Status != gpcn.StatusRunning || vm.Name != "box" {
				t.Errorf("VM %+v\nusername (-want +got):\n%s", vm, diff)
			}
			var networks []string
			for i, row := range data[[]gpcn.NetworkInterface](t, s.ask("GET", path+"/network-interfaces", "")) {
				networks = append(networks, row.NetworkName)
				if bool(row.IsPrimary) != (i == 0) || row.PrivateIP == "" || (row.PublicIP != "") != (tt.public && i == 0) {
					t.Errorf("interface %+v", row)
				}
			}
			if diff := cmp.Diff(tt.networks, networks); diff != "" {
				t.Errorf("networks (-want +got):\n%s", diff)
			}
		})
	}
	// All of them share one default network.
	defaults := data[[]gpcn.Network](t, s.ask("GET", base+"/networks?search=default", ""))
	if len(defaults) != 1 || defaults[0].NetworkType != gpcn.NetworkStandard || defaults[0].CIDRBlock != "10.0.0.0/24" || defaults[0].ConnectedVMs != "8" || defaults[0].SNAT != "true" {
		t.Errorf("default networks %+v", defaults)
	}
}

// A VM is there from the start of its job and runs at its end.
func TestACreateTakesTime(t *testing.T) {
	s := newTenant()
	started := data[struct{ Jobs []gpcn.Job }](t, s.create(t, `"numberOfInstances":3`)).Jobs
	if len(started) != 3 {
		t.Fatalf("%d jobs", len(started))
	}
	var names []string
	for _, vm := range s.VMs()[3:] {
		names = append(names, vm.Name)
		if vm.Status != gpcn.StatusProvisioning {
			t.Errorf("%s is %s", vm.Name, vm.Status)
		}
	}
	if diff := cmp.Diff([]string{"box-1", "box-2", "box-3"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	vm := base + "/virtual-machines/" + *started[0].ResourceID
	if row := data[[]gpcn.NetworkInterface](t, s.ask("GET", vm+"/network-interfaces", ""))[0]; row.PrivateIP != "" {
		t.Errorf("it has the address %s while it is provisioned", row.PrivateIP)
	}
	for _, method := range []string{"DELETE " + vm, "POST " + vm + "/stop", "POST " + vm + "/start"} {
		verb, path, _ := strings.Cut(method, " ")
		if w := s.ask(verb, path, ""); w.Code != 409 {
			t.Errorf("%s: status %d", method, w.Code)
		}
	}
	type moment struct {
		Stage    string
		Progress int
		State    gpcn.JobState
		Left     string
	}
	for _, want := range []moment{
		{"initializing", 0, gpcn.JobRunning, "2s"}, {"provisioning", 25, gpcn.JobRunning, "2s"}, {"provisioning", 50, gpcn.JobRunning, "1s"},
		{"configuring", 75, gpcn.JobRunning, "1s"}, {"completed", 100, gpcn.JobSucceeded, ""}, {"completed", 100, gpcn.JobSucceeded, ""},
	} {
		job := s.job(t, started[0].JobID)
		got := moment{Stage: job.Stage, Progress: *job.ProgressPercentage, State: job.State()}
		if job.TimeRemaining != nil {
			got.Left = *job.TimeRemaining
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("job (-want +got):\n%s", diff)
		}
		s.kit.Clock.Advance(500 * time.Millisecond)
	}
	if vm := data[gpcn.VM](t, s.ask("GET", vm, "")); vm.Status != gpcn.StatusRunning || vm.UpdatedAt != gpcn.NewTimestamp(start.Add(2*time.Second)) {
		t.Errorf("VM %+v", vm)
	}
}

// The state of a machine after a job that does not succeed.
func TestOrderedOutcomes(t *testing.T) {
	for _, tt := range []struct {
		outcome sandbox.Outcome
		state   gpcn.JobState // empty where the job is not to be seen
		created gpcn.Status   // of what was being created; empty where it is gone
		deleted gpcn.Status   // of what was being deleted
	}{
		{sandbox.Fail, gpcn.JobFailed, gpcn.StatusError, gpcn.StatusRunning},
		{sandbox.Cancel, gpcn.JobCancelled, "", gpcn.StatusRunning},
		{sandbox.Vanish, "", gpcn.StatusRunning, ""},
	} {
		t.Run(string(tt.outcome), func(t *testing.T) {
			s := newTenant()
			statusOf := func(id string) gpcn.Status {
				w := s.ask("GET", base+"/virtual-machines/"+id, "")
				if w.Code == 404 {
					return ""
				}
				return data[gpcn.VM](t, w).Status
			}
			check := func(job gpcn.Job, want gpcn.Status) {
				t.Helper()
				s.kit.Clock.Advance(time.Minute)
				jobs := s.jobs(t, job.JobID)
				if tt.state == "" {
					if len(jobs) != 0 {
						t.Errorf("jobs %+v", jobs)
					}
				} else if j := jobs[0]; j.State() != tt.state || *j.ProgressPercentage != 60 || j.IsCompleted || j.HasFailed != (tt.state == gpcn.JobFailed) ||
					(j.ErrorMessage != nil) != j.HasFailed || j.CanRetry != j.HasFailed {
					t.Errorf("job %+v", j)
				}
				if got := statusOf(*job.ResourceID); got != want {
					t.Errorf("the machine of %s is %q, want %q", job.Operation, got, want)
				}
			}
			if !s.NextJob(tt.outcome, 60) {
				t.Fatal("the order was refused")
			}
			check(data[struct{ Jobs []gpcn.Job }](t, s.create(t, "")).Jobs[0], tt.created)
			s.NextJob(tt.outcome, 60)
			vm := string(s.VMs()[0].ID)
			check(data[gpcn.Job](t, s.ask("DELETE", base+"/virtual-machines/"+vm, "")), tt.deleted)
			// An order is for one job.
			if job := data[struct{ Jobs []gpcn.Job }](t, s.create(t, "")).Jobs[0]; true {
				s.kit.Clock.Advance(time.Minute)
				if s.job(t, job.JobID).State() != gpcn.JobSucceeded {
					t.Error("the job after it did not succeed")
				}
			}
		})
	}
}

// A vanishing job is to be seen until then.
func TestAJobVanishesOnItsWay(t *testing.T) {
	s := newTenant()
	s.NextJob(sandbox.Vanish, 50)
	job := data[struct{ Jobs []gpcn.Job }](t, s.create(t, "")).Jobs[0]
	for _, want := range []int{1, 1, 0, 0} {
		if got := len(s.jobs(t, job.JobID)); got != want {
			t.Errorf("%d jobs, want %d", got, want)
		}
		s.kit.Clock.Advance(900 * time.Millisecond)
	}
}

func TestPower(t *testing.T) {
	s := newTenant()
	id := s.VMs()[0].ID
	vm := base + "/virtual-machines/" + string(id)
	for _, step := range []struct {
		action         string
		passing, final gpcn.Status
	}{
		{"start", gpcn.StatusRunning, gpcn.StatusRunning},
		{"stop", gpcn.StatusStopping, gpcn.StatusShutoff},
		{"stop", gpcn.StatusShutoff, gpcn.StatusShutoff},
		{"start", gpcn.StatusStarting, gpcn.StatusRunning},
	} {
		for range 2 { // repeating is harmless
			if w := s.ask("POST", vm+"/"+step.action, ""); w.Code != 200 {
				t.Fatalf("%s: status %d: %s", step.action, w.Code, w.Body)
			}
		}
		if got := s.VMs()[0].Status; got != step.passing {
			t.Errorf("%s passes %s, want %s", step.action, got, step.passing)
		}
		s.kit.Clock.Advance(time.Second)
		if got := s.VMs()[0].Status; got != step.final {
			t.Errorf("%s ends in %s, want %s", step.action, got, step.final)
		}
	}
	s.ask("POST", vm+"/stop", "")
	if w := s.ask("POST", vm+"/start", ""); w.Code != 409 {
		t.Errorf("start while it stops: status %d", w.Code)
	}
	if !s.SetStatus(id, gpcn.StatusStopped) || s.SetStatus(nothing, gpcn.StatusStopped) {
		t.Error("the status was not set")
	}
	if w := s.ask("POST", vm+"/stop", ""); w.Code != 200 || s.VMs()[0].Status != gpcn.StatusStopped {
		t.Errorf("stop of a stopped one: status %d", w.Code)
	}
	if w := s.ask("POST", vm+"/start", ""); w.Code != 200 || s.VMs()[0].Status != gpcn.StatusStarting {
		t.Errorf("start of a stopped one: status %d", w.Code)
	}
}

func TestUpdateAndDeleteOfAVM(t *testing.T) {
	s := newTenant()
	before := s.VMs()[0]
	vm := base + "/virtual-machines/" + string(before.ID)
	for _, body := range []string{`{"name":"renamed"}`, `{"resourceGroupId":null}`, `{}`} {
		if w := s.ask("PUT", vm, body); w.Code != 200 {
			t.Fatalf("%s: status %d: %s", body, w.Code, w.Body)
		}
	}
	want := before
	want.Name, want.ResourceGroupID, want.UpdatedAt = "renamed", nil, gpcn.NewTimestamp(start)
	if diff := cmp.Diff(want, s.VMs()[0]); diff != "" {
		t.Errorf("VM (-want +got):\n%s", diff)
	}
	job := data[gpcn.Job](t, s.ask("DELETE", vm, ""))
	if w := s.ask("DELETE", vm, ""); w.Code != 409 || s.VMs()[0].Status != gpcn.StatusDeleting {
		t.Errorf("delete twice: status %d", w.Code)
	}
	s.kit.Clock.Advance(time.Second)
	if w := s.ask("GET", vm, ""); w.Code != 404 || s.job(t, job.JobID).State() != gpcn.JobSucceeded {
		t.Errorf("a deleted machine answers %d", w.Code)
	}
	if !s.RemoveVM(s.VMs()[0].ID) || s.RemoveVM(nothing) || len(s.VMs()) != 1 {
		t.Error("a machine was not removed behind the back")
	}
}
