package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// begun journals that a cloud has accepted a call and runs it as jobs.
func (w *write) begun(ctx context.Context, op store.Operation, made tool.Made) (Reply, error) {
	jobs := make([]cloud.Job, 0, len(made.Jobs)+len(made.Parts))
	for _, id := range made.Jobs {
		jobs = append(jobs, cloud.Job{ID: id, State: cloud.JobRunning})
	}
	jobs = append(jobs, made.Parts...)
	outcome := tool.Outcome{Status: tool.StatusRunning, Operation: op.ID, Summary: whole(made), IDs: made.IDs}
	result, err := encodeOutcome(outcome, made.Shortfall)
	if err != nil {
		return Reply{}, err
	}
	if op.Jobs, err = json.Marshal(jobs); err != nil {
		return Reply{}, fmt.Errorf("store jobs: %w", err)
	}
	op.Result = result
	if op, err = w.move(ctx, op, store.Running, recordRunning, func(b *recordBody) { b.Result = op.Jobs }); err != nil {
		w.Log.Error().Ctx(ctx).Err(err).Str("operation", op.ID).Msg("jobs could not be journaled")
		return w.notYet(op, tool.StatusUnknown, "The cloud accepted it, but that could not be journaled."), nil
	}
	return Reply{Output: outcome, Deliver: op.ID}, nil
}

// stillRunning handles a call whose operation has jobs at a cloud.
func (w *write) stillRunning(ctx context.Context, op store.Operation) (Reply, error) {
	op, err := w.followUp(ctx, op)
	if err != nil {
		return Reply{}, err
	}
	switch op.State {
	case store.Done:
		return w.deliver(op, true)
	case store.Failed:
		return Reply{}, storedFailure(op)
	case store.Unknown:
		return w.settled(ctx, op, true)
	}
	return w.notYet(op, tool.StatusRunning, "The cloud goes on with it; wait_operation waits for it."), nil
}

// followUp reads the jobs of a running operation and ends the operation when they have
// ended. If the cloud cannot be asked, the operation stays as it is. It returns the
// operation as it is stored: after a conflict it reads again.
func (g *Guard) followUp(ctx context.Context, op store.Operation) (store.Operation, error) {
	for range contended {
		followed, err := g.followOnce(ctx, op)
		if !errors.Is(err, store.ErrConflict) {
			return followed, err
		}
		if op, err = g.Store.Operation(ctx, op.ID); err != nil {
			return op, fmt.Errorf("follow: %w", err)
		}
	}
	return op, store.ErrConflict
}

func (g *Guard) followOnce(ctx context.Context, op store.Operation) (store.Operation, error) {
	definition, ok := g.tools[op.Tool]
	if op.State != store.Running || !ok {
		return op, nil
	}
	before, err := storedJobs(op)
	if err != nil {
		return op, err
	}
	jobs, err := g.readRunning(ctx, definition, op, before)
	if err != nil {
		g.Log.Warn().Ctx(ctx).Err(err).Str("operation", op.ID).Msg("jobs could not be read")
		return op, nil
	}
	raw, err := json.Marshal(jobs)
	if err != nil {
		return op, fmt.Errorf("store jobs: %w", err)
	}
	same := slices.Equal(op.Jobs, raw)
	op.Jobs = raw
	switch {
	case inState(jobs, cloud.JobRunning) > 0 && same:
		return op, nil
	case inState(jobs, cloud.JobRunning) > 0:
		return op, g.Store.UpdateOperation(ctx, &op, store.Running)
	}
	return g.jobsEnded(ctx, op, definition.MadeKind(), jobs)
}

// readRunning reads the jobs that still run; the others keep their stored result.
func (g *Guard) readRunning(ctx context.Context, definition *tool.Definition, op store.Operation, before []cloud.Job) ([]cloud.Job, error) {
	var ids []cloud.JobID
	for _, job := range before {
		if job.State == cloud.JobRunning {
			ids = append(ids, job.ID)
		}
	}
	read, err := g.readJobs(ctx, definition, op, ids)
	if err != nil {
		return nil, err
	}
	if len(ids) == len(before) {
		return read, nil
	}
	jobs := slices.Clone(before)
	for _, now := range read {
		if i := slices.IndexFunc(jobs, func(j cloud.Job) bool { return j.ID == now.ID && j.State == cloud.JobRunning }); i >= 0 {
			jobs[i] = now
		}
	}
	return jobs, nil
}

// readJobs asks the cloud for jobs. A panic of the tool is an error.
func (g *Guard) readJobs(ctx context.Context, definition *tool.Definition, op store.Operation, ids []cloud.JobID) (jobs []cloud.Job, err error) {
	ctx, end := g.enter(ctx, PartFollow, op)
	ctx, cancel := context.WithTimeout(ctx, g.Limits.Execute)
	defer cancel()
	defer func() { end(resultOf(err)) }()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("follow %s: panic: %v", op.ID, r)
		}
	}()
	return definition.Follow(ctx, accountOf(op), ids)
}

// jobsEnded ends an operation whose jobs have ended. If some of them failed, the result of
// those that were done says so.
func (g *Guard) jobsEnded(ctx context.Context, op store.Operation, kind string, jobs []cloud.Job) (store.Operation, error) {
	done, vanished := inState(jobs, cloud.JobDone), inState(jobs, cloud.JobVanished)
	switch {
	case done > 0:
		return g.finishJobs(ctx, op, kind, jobs)
	case vanished > 0:
		raw, err := vanishedNow(jobs, g.Now())
		if err != nil {
			return op, err
		}
		op.Jobs = raw
		return g.move(ctx, op, store.Unknown, recordUnknown, func(b *recordBody) {
			b.Reason = "the cloud does not show the job any more"
		})
	}
	failure := jobFailure(op, jobs)
	raw, err := json.Marshal(failure)
	if err != nil {
		return op, fmt.Errorf("store failure: %w", err)
	}
	op.Failure = raw
	return g.move(ctx, op, store.Failed, recordFailed, func(b *recordBody) { b.Failure = raw })
}

// vanishedJob is the stored form of a job that the cloud does not show any more. Its effect
// may still appear for SettleGrace after VanishedAt.
type vanishedJob struct {
	cloud.Job
	VanishedAt time.Time `json:"vanished_at,omitzero"`
}

// vanishedNow encodes jobs, with now as the time at which those that vanished were missed.
func vanishedNow(jobs []cloud.Job, now time.Time) (json.RawMessage, error) {
	out := make([]vanishedJob, 0, len(jobs))
	for _, job := range jobs {
		stored := vanishedJob{Job: job}
		if job.State == cloud.JobVanished {
			stored.VanishedAt = now
		}
		out = append(out, stored)
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("store jobs: %w", err)
	}
	return raw, nil
}

// lostAt returns the time from which SettleGrace counts for an operation in state Unknown:
// when its request was sent, or when its last job was found missing.
func lostAt(op store.Operation) (time.Time, error) {
	var jobs []vanishedJob
	if len(op.Jobs) > 0 {
		if err := json.Unmarshal(op.Jobs, &jobs); err != nil {
			return op.SentAt, fmt.Errorf("read jobs of %s: %w", op.ID, err)
		}
	}
	lost := op.SentAt
	for _, job := range jobs {
		if job.VanishedAt.After(lost) {
			lost = job.VanishedAt
		}
	}
	return lost, nil
}

// finishJobs ends an operation of which at least one job was done. The result names what was
// not done: jobs that failed, and targets without a job. It has the IDs of what the jobs
// made where their kind is known.
func (g *Guard) finishJobs(ctx context.Context, op store.Operation, kind string, jobs []cloud.Job) (store.Operation, error) {
	plan, err := storedPlan(op)
	if err != nil {
		return op, err
	}
	begun, err := storedResult(op)
	if err != nil {
		return op, err
	}
	ids := begun.IDs
	for _, job := range jobs {
		made := tool.MadeID{Kind: kind, ID: job.MadeID}
		if kind != "" && job.State == cloud.JobDone && job.MadeID != "" && !slices.Contains(ids, made) {
			ids = append(ids, made)
		}
	}
	made := tool.Made{Summary: "Done: " + op.Summary, IDs: ids, Shortfall: begun.Shortfall}
	if n := inState(jobs, cloud.JobDone); n < len(jobs) {
		short := fmt.Sprintf("Only %d of %d are known to be done, get_operation has the others.", n, len(jobs))
		if left := untouched(plan.Targets, ids); len(plan.Targets) > 1 && len(ids) > 0 {
			short += " Not done: " + strings.Join(left, ", ") + "."
		}
		made.Shortfall = strings.TrimSpace(short + " " + made.Shortfall)
	}
	if made.Shortfall != "" {
		made.Summary = "Partly done: " + op.Summary
	}
	return g.finish(ctx, op, made, recordDone)
}

// untouched returns the IDs of the targets that are not in ids.
func untouched(targets []tool.Target, ids []tool.MadeID) []string {
	var left []string
	for _, t := range targets {
		if !slices.Contains(ids, tool.MadeID{Kind: t.Kind, ID: t.ID}) {
			left = append(left, t.ID)
		}
	}
	return left
}

func inState(jobs []cloud.Job, state cloud.JobState) int {
	n := 0
	for _, job := range jobs {
		if job.State == state {
			n++
		}
	}
	return n
}

// jobFailure returns the error for jobs that failed, or that were all cancelled.
func jobFailure(op store.Operation, jobs []cloud.Job) *tool.Error {
	e := tool.Errorf(tool.CodeJobFailed, "Tell the user what the cloud says: vendor_message, or message in jobs of get_operation. Something half done may exist and cost: look before you call again, which asks a person anew.", "The cloud began operation %s and did not bring it to an end.", op.ID)
	if inState(jobs, cloud.JobCancelled) == len(jobs) {
		e = tool.Errorf(tool.CodeJobCancelled, "Ask the user why before you try again.", "An operator of the cloud cancelled operation %s.", op.ID)
	}
	e.Account, e.Operation = accountOf(op), op.ID
	for _, job := range jobs {
		if job.Message != "" {
			e.VendorMessage = job.Message
		}
		e.Issues = append(e.Issues, tool.ErrorIssue{Field: string(job.ID), Message: string(job.State) + " " + job.Stage})
	}
	return e
}

// begunInVain reports whether an operation failed after its cloud had begun it.
func begunInVain(op store.Operation) bool {
	e := reasonOf(op)
	return op.State == store.Failed && e != nil && (e.Code == tool.CodeJobFailed || e.Code == tool.CodeJobCancelled)
}
