package guard_test

import (
	"slices"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/store"
)

// TestPartsAreTold checks that the results which a write returns for single things are
// kept beside those of its jobs, and that only running jobs are read again.
func TestPartsAreTold(t *testing.T) {
	t.Parallel()
	part := func(id string, state cloud.JobState) cloud.Job {
		return cloud.Job{ID: cloud.JobID(id), State: state, MadeID: id}
	}
	tests := []struct {
		name  string
		jobs  []cloud.Job // as they end; they run when the write is answered
		parts []cloud.Job
		state store.State
		told  []cloud.Job
	}{
		{
			"all done at once", nil, []cloud.Job{part("a", cloud.JobDone), part("b", cloud.JobDone)}, store.Done,
			[]cloud.Job{part("a", cloud.JobDone), part("b", cloud.JobDone)},
		},
		{
			"some not done", nil, []cloud.Job{part("a", cloud.JobDone), part("b", cloud.JobFailed)}, store.Done,
			[]cloud.Job{part("a", cloud.JobDone), part("b", cloud.JobFailed)},
		},
		{
			"a job beside a part", []cloud.Job{part("job-1", cloud.JobDone)}, []cloud.Job{part("b", cloud.JobVanished)}, store.Done,
			[]cloud.Job{part("job-1", cloud.JobDone), part("b", cloud.JobVanished)},
		},
		{
			"a job that fails beside a part", []cloud.Job{part("job-1", cloud.JobFailed)}, []cloud.Job{part("b", cloud.JobFailed)}, store.Failed,
			[]cloud.Job{part("job-1", cloud.JobFailed), part("b", cloud.JobFailed)},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				for _, job := range test.jobs {
					w.cloud.jobs = append(w.cloud.jobs, cloud.Job{ID: job.ID, State: cloud.JobRunning})
				}
				w.cloud.parts = test.parts
				id := w.begin(makeWeb)
				w.call(makeWeb)
				w.cloud.jobs = test.jobs
				w.call(makeWeb)
				w.wantState(id, test.state)
				w.wantSent(1)
				detail, err := w.see(id)
				if err != nil || !slices.Equal(detail.Jobs, test.told) {
					t.Errorf("told %+v, want %+v (%v)", detail.Jobs, test.told, err)
				}
				if test.jobs != nil && !slices.Equal(w.cloud.asked, []cloud.JobID{"job-1"}) {
					t.Errorf("read %v", w.cloud.asked)
				}
			})
		})
	}
}

// TestThingsOfNoKnownKindAreNotTold checks that the ID of what a job made is returned
// only with its kind.
func TestThingsOfNoKnownKindAreNotTold(t *testing.T) {
	t.Parallel()
	for _, kindless := range []bool{false, true} {
		story(t, func(t *testing.T, w *world) {
			w.cloud.kindless, w.cloud.jobs = kindless, []cloud.Job{job(cloud.JobRunning)}
			w.restart()
			id := w.begin(makeWeb)
			w.call(makeWeb)
			w.cloud.jobs = []cloud.Job{{ID: "job-1", State: cloud.JobDone, MadeID: "someone"}}
			w.call(makeWeb)
			w.wantState(id, store.Done)
			detail, err := w.see(id)
			if want := 2; err != nil || kindless && len(detail.IDs) != want-1 || !kindless && len(detail.IDs) != want {
				t.Errorf("kindless %t: %+v (%v)", kindless, detail.IDs, err)
			}
		})
	}
}
