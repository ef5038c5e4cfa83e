package gpcn_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
)

func TestJobStates(t *testing.T) {
	tests := []struct {
		name, job string
		want      gpcn.JobState
		reason    string
	}{
		{"begun", `{"stage":"initializing"}`, gpcn.JobRunning, ""},
		{"under way", `{"stage":"provisioning","progressPercentage":40,"message":"busy"}`, gpcn.JobRunning, "busy"},
		{"completed", `{"stage":"completed","isCompleted":true}`, gpcn.JobSucceeded, ""},
		{"completed, in numbers", `{"isCompleted":1,"hasFailed":0}`, gpcn.JobSucceeded, ""},
		{"failed", `{"hasFailed":true,"message":"m","errorMessage":"e"}`, gpcn.JobFailed, "e"},
		{"failed, by its stage", `{"stage":"Failed","message":"m","errorMessage":""}`, gpcn.JobFailed, "m"},
		{"placeholder of a page", `{"stage":"initializing","isCompleted":true,"hasFailed":true}`, gpcn.JobFailed, ""},
		{"cancelled", `{"stage":"cancelled","isCompleted":false,"hasFailed":false,"message":"by an operator","errorMessage":null}`, gpcn.JobCancelled, "by an operator"},
		{"cancelled, in American", `{"stage":"CANCELED"}`, gpcn.JobCancelled, ""},
		{"at its end without success", `{"isTerminal":true}`, gpcn.JobFailed, ""},
		{"at its end", `{"isTerminal":true,"isCompleted":true}`, gpcn.JobSucceeded, ""},
		{"not at its end", `{"isTerminal":false}`, gpcn.JobRunning, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var members map[string]any
			if err := json.Unmarshal([]byte(tt.job), &members); err != nil {
				t.Fatal(err)
			}
			members["jobId"] = documentedID
			raw, err := json.Marshal(members)
			if err != nil {
				t.Fatal(err)
			}
			jobs, err := answering(t, 200, `{"success":true,"data":{"jobs":[`+string(raw)+`]}}`).GetJobs(t.Context(), documentedID)
			if err != nil || len(jobs) != 1 {
				t.Fatalf("jobs %+v, error %v", jobs, err)
			}
			if job := jobs[0]; job.State() != tt.want || job.Reason() != tt.reason {
				t.Errorf("state %s, reason %q", job.State(), job.Reason())
			}
		})
	}
}

// Jobs have several forms; a response without a job is an error in each.
func TestFormsOfStartedJobs(t *testing.T) {
	const one, two = `{"jobId":"1"}`, `{"jobId":"2"}`
	tests := []struct {
		name, data string
		want       []gpcn.JobID
	}{
		{"in a list of jobs", `{"jobs":[` + one + `]}`, []gpcn.JobID{"1"}},
		{"several", `{"jobs":[` + one + `,` + two + `]}`, []gpcn.JobID{"1", "2"}},
		{"the job itself", one, []gpcn.JobID{"1"}},
		{"the job beside something", `{"jobId":"1","vpc":{"id":"v"},"jobs":null}`, []gpcn.JobID{"1"}},
		{"a bare list", `[` + one + `,` + two + `]`, []gpcn.JobID{"1", "2"}},
		{"a number for an ID", `{"jobs":[{"jobId":7}]}`, []gpcn.JobID{"7"}},
		{"one job under jobs", `{"jobs":` + one + `}`, []gpcn.JobID{"1"}},
		{"no job", `{"jobs":[]}`, nil},
		{"no ID", `{"jobs":[{}]}`, nil},
		{"an ID of one only", `{"jobs":[` + one + `,{"stage":"x"}]}`, nil},
		{"something else", `{"id":"1"}`, nil},
		{"null", `null`, nil},
		{"text", `"1"`, nil},
		{"numbers", `{"jobs":[1,2]}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client := answering(t, 202, `{"success":true,"data":`+tt.data+`}`)
			jobs, err := client.CreateVMs(t.Context(), gpcn.VMCreate{})
			var got []gpcn.JobID
			for _, job := range jobs {
				got = append(got, job.JobID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || (err == nil) != (tt.want != nil) {
				t.Errorf("error %v, jobs (-want +got):\n%s", err, diff)
			}
			if err != nil && !cloudError(t, err).Ambiguous {
				t.Error("a create without a job is not ambiguous")
			}
			// A start takes a job where there is one.
			job, err := client.StartVM(t.Context(), documentedID)
			if err != nil || (job != nil) != (tt.want != nil) || job != nil && job.JobID != tt.want[0] {
				t.Errorf("start: job %+v, error %v", job, err)
			}
		})
	}
}

func TestJobsThatAreNotVisible(t *testing.T) {
	for body, visible := range map[string]bool{
		`{"data":{"jobs":[]}}`:                               false,
		`{"data":{"jobs":[{"jobId":"of another request"}]}}`: false,
		`{"data":{"jobs":[null,{"jobId":"j"}]}}`:             true,
	} {
		jobs, err := gpcn.New("gpcn", answering(t, 200, body)).ReadJobs(t.Context(), []cloud.JobID{"j"})
		if err != nil || len(jobs) != 1 || jobs[0].ID != "j" || visible != (jobs[0].State != cloud.JobVanished) {
			t.Errorf("%s: %+v, error %v", body, jobs, err)
		}
	}
	for _, body := range []string{`{"data":{}}`, `{"data":{"jobs":null}}`, `{"data":{"jobs":7}}`} {
		if _, err := answering(t, 200, body).GetJobs(t.Context(), "j"); err == nil {
			t.Errorf("%s is taken for an empty list", body)
		}
	}
}

// A create is followed from its order to the machine.
func TestFromOrderToMachine(t *testing.T) {
	h := newHouse(t)
	s := h.stock(t)
	started, err := h.CreateVMs(t.Context(), gpcn.VMCreate{
		DatacenterID: s.place, ImageID: s.image, SKUID: s.size, Name: "web", NumberOfInstances: new(2), AllocatePublicIP: new(true),
		AuthMethod: new(gpcn.AuthSSHKey), SSHKeyID: &s.key, Username: new("deploy"),
	})
	if err != nil || len(started) != 2 || started[0].State() != gpcn.JobRunning {
		t.Fatalf("jobs %+v, error %v", started, err)
	}
	h.kit.Clock.Advance(10 * time.Second)
	done, err := h.GetJobs(t.Context(), started[0].JobID, documentedID, started[1].JobID)
	if err != nil || len(done) != 2 || done[1].State() != gpcn.JobSucceeded {
		t.Fatalf("jobs %+v, error %v", done, err)
	}
	vm, err := h.GetVM(t.Context(), cloud.VMID(*done[1].ResourceID))
	if err != nil || vm.Name != "web-2" || !vm.Status.Is(gpcn.StatusRunning) || *vm.Username != "deploy" {
		t.Errorf("VM %+v, error %v", vm, err)
	}
	rows, err := h.ListInterfaces(t.Context(), vm.ID)
	if err != nil || len(rows) != 1 || !bool(rows[0].IsPrimary) || rows[0].NetworkName != "default" || !strings.HasPrefix(rows[0].PrivateIP, "10.0.0.") || rows[0].PublicIP == "" {
		t.Errorf("interfaces %+v, error %v", rows, err)
	}
	if err := h.UpdateVM(t.Context(), vm.ID, gpcn.VMUpdate{Name: new("renamed"), ResourceGroupID: gpcn.SetTo(s.group)}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.StopVM(t.Context(), vm.ID); err != nil {
		t.Fatal(err)
	}
	h.kit.Clock.Advance(10 * time.Second)
	if vm, err = h.GetVM(t.Context(), vm.ID); err != nil || vm.Name != "renamed" || *vm.ResourceGroupID != s.group || !vm.Status.Is(gpcn.StatusShutoff) {
		t.Errorf("VM %+v, error %v", vm, err)
	}
	h.sandbox.NextJob(sandbox.Vanish, 0)
	job, err := h.DeleteVM(t.Context(), vm.ID)
	if err != nil || job.Operation != "delete" {
		t.Fatalf("job %+v, error %v", job, err)
	}
	h.kit.Clock.Advance(10 * time.Second)
	if jobs, err := h.GetJobs(t.Context(), job.JobID); err != nil || len(jobs) > 0 {
		t.Errorf("jobs %+v, error %v", jobs, err)
	}
	if _, err = h.GetVM(t.Context(), vm.ID); cloudError(t, err).Kind != cloud.ErrUnknownID {
		t.Errorf("error %v", err)
	}
}
