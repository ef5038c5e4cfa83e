package hostup

import (
	"context"

	"countersign/internal/cloud"
)

var _ cloud.JobReader = (*Provider)(nil)

// ReadJobs implements cloud.JobReader. An ID is the poll address that an action
// returned; any other address is an ErrVendor and no request is sent.
func (p *Provider) ReadJobs(ctx context.Context, ids []cloud.JobID) ([]cloud.Job, error) {
	out := make([]cloud.Job, 0, len(ids))
	for _, id := range ids {
		job, err := p.client.GetJob(ctx, string(id))
		switch {
		case cloud.IsKind(err, cloud.ErrUnknownID):
			out = append(out, cloud.Job{ID: id, State: cloud.JobVanished})
		case err != nil:
			return nil, err
		default:
			out = append(out, job.state(id))
		}
	}
	return out, nil
}

// state converts a job. It leaves the resource out: the ID on the legacy page has
// another form.
func (j Job) state(id cloud.JobID) cloud.Job {
	at := j.At()
	out := cloud.Job{
		ID: id, State: cloud.JobRunning, Stage: cloud.CleanText(string(at)),
		Percent: count(j.Percent()), Message: cloud.CleanText(j.Why()),
	}
	switch at {
	case JobCompleted:
		out.State = cloud.JobDone
	case JobFailed:
		out.State = cloud.JobFailed
	}
	return out
}

// accepted returns the result of a queued action. One that is neither over nor has a
// poll address is an ambiguous error: it may have been executed.
func (p *Provider) accepted(operation string, queued QueuedAction) (cloud.Accepted, error) {
	o := queued.Operation
	switch o.Status {
	case JobCompleted:
		return cloud.Accepted{}, nil
	case JobFailed:
		e := p.refuse(cloud.ErrVendor, operation, "HostUp took the request and says that it failed")
		e.Hint = "Read the state with get_vm and tell the user."
		return cloud.Accepted{}, e
	}
	address := o.Address()
	if _, ours := p.client.jobAt(address); !ours {
		e := p.refuse(cloud.ErrUnavailable, operation, "HostUp took the request and named no job that could be followed")
		e.Ambiguous = true
		e.Hint = "Read the state with get_vm; do not repeat the call before."
		return cloud.Accepted{}, e
	}
	return cloud.Accepted{Jobs: []cloud.JobID{cloud.JobID(address)}}, nil
}
