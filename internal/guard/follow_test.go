package guard_test

import (
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// job is a job of the cloud in memory, in some state.
func job(state cloud.JobState) cloud.Job { return cloud.Job{ID: "job-1", State: state} }

// TestWhatBecomesOfJobs is every way in which a cloud can end what it accepted:
// what is journaled, and what the repeated call finds. Nothing is sent again.
func TestWhatBecomesOfJobs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		ends  []cloud.Job
		state store.State
		again string
	}{
		{[]cloud.Job{job(cloud.JobRunning)}, store.Running, "running"},
		{[]cloud.Job{job(cloud.JobDone)}, store.Done, "done repeated"},
		{[]cloud.Job{job(cloud.JobFailed)}, store.Failed, "error job_failed"},
		{[]cloud.Job{job(cloud.JobCancelled)}, store.Failed, "error job_cancelled"},
		{[]cloud.Job{job(cloud.JobVanished)}, store.Unknown, "done repeated"}, // the thing is there
		{[]cloud.Job{job(cloud.JobDone), job(cloud.JobFailed)}, store.Done, "done repeated"},
		{[]cloud.Job{job(cloud.JobDone), job(cloud.JobRunning)}, store.Running, "running"},
	}
	for _, test := range tests {
		name := ""
		for _, j := range test.ends {
			name += string(j.State) + " "
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.jobs = []cloud.Job{job(cloud.JobRunning)}
				id := w.begin(makeWeb)
				w.call(makeWeb).want(t, "running")
				w.wantState(id, store.Running)
				w.cloud.jobs = test.ends
				w.call(makeWeb).want(t, test.again)
				w.wantSent(1)
				if test.state != store.Unknown { // which is looked up by the same call
					w.wantState(id, test.state)
				}
			})
		})
	}
}

// TestAJobThatVanishesLateIsLookedForAWhile pins that what a cloud does not show
// any more has as long to appear as a lost answer has, from then on: a job that
// was seen for an hour was not given up with the request.
func TestAJobThatVanishesLateIsLookedForAWhile(t *testing.T) {
	t.Parallel()
	for name, appears := range map[string]time.Duration{"it appears": time.Minute, "it never does": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				const seen = time.Hour
				w.cloud.later = func(bool) (fate, bool) {
					return fate{state: cloud.JobVanished, after: seen + appears, late: true}, true
				}
				id := w.begin(makeWeb)
				w.call(makeWeb).want(t, "running")
				w.cloud.background[0].vanishes = w.cloud.background[0].from.Add(seen)
				time.Sleep(seen)
				w.call(makeWeb).want(t, "unknown")
				w.wantState(id, store.Unknown)
				w.call(`{"account":"acme","do":"make","name":"other","size":"s"}`).want(t, "error unsettled")
				time.Sleep(limits().SettleGrace - 30*time.Second)
				want := map[bool]string{true: "done repeated", false: "unknown"}[appears < limits().SettleGrace]
				w.call(makeWeb).want(t, want)
				time.Sleep(time.Minute)
				if want == "unknown" {
					w.call(makeWeb).want(t, "error not_carried_out")
					w.wantState(id, store.Failed)
				}
				w.wantSent(1)
			})
		})
	}
}

// TestAJobEndsWhileItsAnswerIsDelivered pins that what get_operation says is what
// is stored: another transition at the same moment must not leave the operation
// running behind an answer that says it failed.
func TestAJobEndsWhileItsAnswerIsDelivered(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.cloud.jobs = []cloud.Job{job(cloud.JobRunning)}
		id := w.begin(makeWeb)
		w.call(makeWeb).want(t, "running")
		w.cloud.jobs, w.cloud.reading = []cloud.Job{job(cloud.JobFailed)}, func() { w.deliver(id) }
		detail, err := w.see(id)
		if err != nil {
			t.Fatal(err)
		}
		if detail.State != tool.OperationState(store.Failed) {
			t.Errorf("told %s", detail.State)
		}
		w.wantState(id, store.Failed)
		w.call(makeWeb).want(t, "approval_required")
		w.wantSent(1)
	})
}
