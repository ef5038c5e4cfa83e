package gpcn_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn/sandbox"
)

func TestJobs(t *testing.T) {
	for name, c := range map[string]struct {
		outcome sandbox.Outcome
		state   cloud.JobState
		percent int
		message string
	}{
		"success":   {"", cloud.JobDone, 100, "Job completed"},
		"failure":   {sandbox.Fail, cloud.JobFailed, 60, "The provider could not complete the operation"},
		"cancelled": {sandbox.Cancel, cloud.JobCancelled, 60, "Job was cancelled by an operator"},
		"vanished":  {sandbox.Vanish, cloud.JobVanished, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTenant(t)
			if c.outcome != "" && !w.house.sandbox.NextJob(c.outcome, 60) {
				t.Fatal("no such outcome")
			}
			vm := w.vm(t, sandbox.RunningVM)
			begun, err := w.DeleteVM(t.Context(), vm.ID, cloud.Deletion{})
			if err != nil {
				t.Fatal(err)
			}
			jobs, err := w.ReadJobs(t.Context(), begun.Jobs)
			if err != nil || jobs[0].State != cloud.JobRunning || jobs[0].MadeID != string(vm.ID) || jobs[0].Stage != "initializing" {
				t.Error(jobs, err)
			}
			w.later(3 * time.Second)
			jobs, err = w.ReadJobs(t.Context(), begun.Jobs)
			if err != nil || len(jobs) != 1 {
				t.Fatal(jobs, err)
			}
			percent := 0
			if jobs[0].Percent != nil {
				percent = *jobs[0].Percent
			}
			if jobs[0].State != c.state || percent != c.percent || jobs[0].Message != c.message || (jobs[0].MadeID != "") != (c.state != cloud.JobVanished) {
				t.Errorf("%+v, %d%%", jobs[0], percent)
			}
		})
	}
}

// The ID of a created resource is reported only once it exists; the resource of any other
// job is always reported.
func TestWhatAJobIsAbout(t *testing.T) {
	for name, c := range map[string]struct {
		job  string
		told bool
	}{
		"a create that runs":    {`"operation":"create"`, false},
		"a create that failed":  {`"operation":"create","hasFailed":true`, false},
		"a create that is done": {`"operation":"create","isCompleted":true`, true},
		"a delete that runs":    {`"operation":"delete"`, true},
		"a delete that failed":  {`"operation":"delete","hasFailed":true`, true},
		"no operation":          {`"stage":"initializing"`, false},
	} {
		provider := routed(t, map[string]string{"POST /jobs": `{"success":true,"data":{"jobs":[{"jobId":"` + nobody + `","resourceId":"` + someID + `",` + c.job + `}]}}`})
		jobs, err := provider.ReadJobs(t.Context(), []cloud.JobID{nobody})
		if err != nil || len(jobs) != 1 || (jobs[0].MadeID == someID) != c.told {
			t.Errorf("%s: %+v %v", name, jobs, err)
		}
	}
}

func TestJobsAreReadInChunksAndInOrder(t *testing.T) {
	w := newTenant(t)
	var ids []cloud.JobID
	for n := range 60 {
		ids = append(ids, cloud.JobID(fmt.Sprintf("00000000-0000-4000-8000-%012d", n)))
	}
	begun, err := w.DeleteVM(t.Context(), w.vm(t, sandbox.RunningVM).ID, cloud.Deletion{})
	if err != nil {
		t.Fatal(err)
	}
	ids = append(ids, begun.Jobs...)
	jobs, err := w.ReadJobs(t.Context(), ids)
	if err != nil || len(jobs) != 61 || w.count("POST", "/jobs") != 2 {
		t.Fatal(len(jobs), err)
	}
	for i, job := range jobs {
		want := cloud.JobVanished
		if i == 60 {
			want = cloud.JobRunning
		}
		if job.ID != ids[i] || job.State != want {
			t.Errorf("job %d: %+v", i, job)
		}
	}
	if none, err := w.ReadJobs(t.Context(), nil); err != nil || len(none) != 0 {
		t.Error(none, err)
	}
}
