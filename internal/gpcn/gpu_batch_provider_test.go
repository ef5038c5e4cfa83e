package gpcn_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
)

// Every machine has a result, also where some fail.
func TestStopOfSeveral(t *testing.T) {
	w := newTenant(t)
	train, note := w.vm(t, sandbox.RunningGPU).ID, w.vm(t, sandbox.StoppedGPU).ID
	both := []cloud.VMID{train, note}
	w.house.sandbox.SetStatus(note, gpcn.StatusError)
	parts, err := w.StopVMs(t.Context(), both)
	if err != nil || len(parts) != 2 || parts[0].State != cloud.JobDone || parts[0].MadeID != string(train) ||
		parts[1].State != cloud.JobFailed || parts[1].MadeID != string(note) || parts[1].Message == "" {
		t.Fatalf("%+v %v", parts, err)
	}
	w.house.sandbox.SetStatus(train, gpcn.StatusError)
	_, err = w.StopVMs(t.Context(), both)
	if e := refused(t, err, cloud.ErrBlocked, "none"); e.Ambiguous || len(e.Issues) != 2 || e.Issues[1].Field != string(note) {
		t.Errorf("%+v", e)
	}
	if w.BatchKind() != w.vm(t, sandbox.RunningGPU).Kind {
		t.Errorf("batches are of %s", w.BatchKind())
	}
}

// A machine that the response leaves out neither succeeded nor failed.
func TestStopThatLeavesMachinesOut(t *testing.T) {
	row := func(id string, success bool) string {
		return fmt.Sprintf(`{"id":%q,"success":%t,"error":"busy"}`, id, success)
	}
	for name, c := range map[string]struct {
		rows      string
		ambiguous bool
		states    []cloud.JobState
	}{
		"none told":              {``, true, nil},
		"one refused, one not":   {row(someID, false), true, nil},
		"one stopped, one not":   {row(someID, true), false, []cloud.JobState{cloud.JobDone, cloud.JobVanished}},
		"told of somebody else":  {row(documentedOther, true), true, nil},
		"both, the other way up": {row(nobody, true) + "," + row(someID, true), false, []cloud.JobState{cloud.JobDone, cloud.JobDone}},
	} {
		provider := routed(t, map[string]string{"POST /gpu/bulk/stop": `{"success":true,"data":{"results":[` + c.rows + `]}}`})
		parts, err := provider.StopVMs(t.Context(), []cloud.VMID{someID, nobody})
		var states []cloud.JobState
		for _, part := range parts {
			states = append(states, part.State)
		}
		if (err != nil) != c.ambiguous || cloud.IsAmbiguous(err) != c.ambiguous || !slices.Equal(states, c.states) {
			t.Errorf("%s: %v %v", name, states, err)
		}
	}
}

const documentedOther = "99999999-e89b-42d3-a456-426614174000"

func TestDeletionOfSeveral(t *testing.T) {
	w := newTenant(t)
	train, note := w.vm(t, sandbox.RunningGPU).ID, w.vm(t, sandbox.StoppedGPU).ID
	if !w.house.sandbox.NextJob(sandbox.Fail, 50) {
		t.Fatal("no such outcome")
	}
	begun, err := w.DeleteVMs(t.Context(), []cloud.VMID{train, note})
	if err != nil || len(begun.Jobs) != 2 || len(begun.Parts) != 0 {
		t.Fatal(begun, err)
	}
	w.later(2 * time.Second)
	jobs, err := w.ReadJobs(t.Context(), begun.Jobs)
	if err != nil || jobs[0].State != cloud.JobFailed || jobs[0].MadeID != string(train) || jobs[1].State != cloud.JobDone || jobs[1].MadeID != string(note) {
		t.Errorf("%+v %v", jobs, err)
	}
	_, err = w.GetVM(t.Context(), note)
	refused(t, err, cloud.ErrUnknownID, "")
	// A machine that is gone has no job, and is listed beside the others.
	begun, err = w.DeleteVMs(t.Context(), []cloud.VMID{train, note})
	if err != nil || len(begun.Jobs) != 1 || len(begun.Parts) != 1 || begun.Parts[0].MadeID != string(note) || begun.Parts[0].State != cloud.JobVanished {
		t.Errorf("%+v %v", begun, err)
	}
	_, err = w.DeleteVMs(t.Context(), []cloud.VMID{note})
	if !cloud.IsAmbiguous(err) {
		t.Errorf("no job at all: %v", err)
	}
}

// With fewer jobs than machines, and jobs that name no machine, the outcome is unknown.
func TestJobsOfNobody(t *testing.T) {
	provider := routed(t, map[string]string{"POST /gpu/bulk/delete": `{"success":true,"data":{"jobs":[{"jobId":"` + documentedOther + `"}]}}`})
	_, err := provider.DeleteVMs(t.Context(), []cloud.VMID{someID, nobody})
	if e := refused(t, err, cloud.ErrUnavailable, "fewer jobs"); !e.Ambiguous {
		t.Error("it is not ambiguous")
	}
	begun, err := provider.DeleteVMs(t.Context(), []cloud.VMID{someID})
	if err != nil || len(begun.Jobs) != 1 || len(begun.Parts) != 0 {
		t.Error(begun, err)
	}
}

func TestBatchesThatAreRefused(t *testing.T) {
	w := newTenant(t)
	for _, ids := range [][]cloud.VMID{nil, slices.Repeat([]cloud.VMID{someID}, gpcn.MaxIDs+1), {someID, "train-1"}} {
		if _, err := w.StopVMs(t.Context(), ids); err == nil {
			t.Errorf("%d machines are stopped", len(ids))
		}
		if _, err := w.DeleteVMs(t.Context(), ids); err == nil {
			t.Errorf("%d machines are deleted", len(ids))
		}
	}
	if w.writes() != 0 {
		t.Error("something was sent")
	}
	off := w.as(t, sandbox.NoGPUKey)
	_, err := off.DeleteVMs(t.Context(), []cloud.VMID{someID})
	refused(t, err, cloud.ErrForbidden, "")
}
