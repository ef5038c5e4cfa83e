package guard_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// job returns a job of the cloud in memory, in some state.
func job(state cloud.JobState) cloud.Job { return cloud.Job{ID: "job-1", State: state} }

// TestWhatBecomesOfJobs checks every way in which jobs can end: the journal, and what the
// repeated call finds. Nothing is sent again.
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

// TestAJobThatVanishesLateIsLookedForAWhile checks that the grace for a job which
// vanished begins when it vanished, not when its request was sent.
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

// TestAJobEndsWhileItsAnswerIsDelivered checks that get_operation returns what is stored:
// another transition at the same moment must not leave the operation running while the
// response says that it failed.
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

// TestWhatAFailedJobLeftBehind pins that a lost create does not take for its own what an
// earlier job of the same name left behind when it failed.
func TestWhatAFailedJobLeftBehind(t *testing.T) {
	t.Parallel()
	for _, left := range []string{"", "thing-left"} {
		t.Run("left "+left, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.alter = func(p *tool.Plan) { p.Marks = false }
				w.cloud.jobs = []cloud.Job{{ID: "job-1", State: cloud.JobRunning, MadeID: left}}
				w.begin(makeWeb)
				w.call(makeWeb).want(t, "running")
				w.cloud.jobs[0].State = cloud.JobFailed
				w.call(makeWeb).want(t, "error job_failed")
				w.cloud.jobs = nil
				id := w.begin(makeWeb)
				w.cloud.fault = lostUndone
				w.cloud.settles = func() (tool.Settlement, error) {
					if left != "" && slices.Contains(w.cloud.others, left) {
						return tool.Settlement{Finding: tool.FoundNothing}, nil
					}
					return tool.Settlement{Finding: tool.FoundDone, Made: made("thing-left")}, nil
				}
				w.call(makeWeb).want(t, "unknown")
				w.wantState(id, store.Unknown)
			})
		})
	}
}

// TestNothingIsHiddenWhenSomeFail checks that the result of a call about several things
// names each failure: those refused in the response and those whose jobs failed. It is in
// the first response, after the jobs have ended, and in the repeated call.
func TestNothingIsHiddenWhenSomeFail(t *testing.T) {
	t.Parallel()
	const short = "1 was not stopped: thing-two (blocked)."
	two := func(p *tool.Plan) {
		p.Targets = []tool.Target{{Kind: "thing", ID: "thing-one"}, {Kind: "thing", ID: "thing-two"}}
	}
	did := func(state cloud.JobState, made string) cloud.Job {
		return cloud.Job{ID: cloud.JobID("job of " + made), State: state, MadeID: made}
	}
	tests := map[string]struct {
		short   string
		jobs    []cloud.Job
		summary string
	}{
		"at once":             {short, nil, "Did it. " + short},
		"all at once":         {"", nil, "Did it."},
		"one was not begun":   {short, []cloud.Job{did(cloud.JobDone, "thing-one")}, "Partly done: stop thing-one " + short},
		"one of two failed":   {"", []cloud.Job{did(cloud.JobDone, "thing-one"), did(cloud.JobFailed, "")}, "Partly done: stop thing-one Only 1 of 2 are known to be done, get_operation has the others. Not done: thing-two."},
		"both were done":      {"", []cloud.Job{did(cloud.JobDone, "thing-one"), did(cloud.JobDone, "thing-two")}, "Done: stop thing-one"},
		"the done is unnamed": {"", []cloud.Job{did(cloud.JobDone, ""), did(cloud.JobFailed, "")}, "Partly done: stop thing-one Only 1 of 2 are known to be done, get_operation has the others."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.add(one())
				w.cloud.alter, w.cloud.short, w.cloud.jobs = two, test.short, test.jobs
				w.cloud.noIDs = len(test.jobs) > 0
				id := w.begin(stopOne)
				answer := w.call(stopOne)
				if len(test.jobs) > 0 {
					answer.want(t, "running")
					answer = w.call(stopOne).want(t, "done repeated")
				}
				if answer.outcome.Summary != test.summary {
					t.Errorf("told %q, want %q", answer.outcome.Summary, test.summary)
				}
				// And in get_operation.
				fellShort := test.short != "" || strings.Contains(test.summary, "Only")
				if detail, err := w.see(id); err != nil || (detail.Summary != "stop thing-one") != fellShort {
					t.Errorf("shown %q, %v", detail.Summary, err)
				}
				w.wantSent(1)
			})
		})
	}
}
