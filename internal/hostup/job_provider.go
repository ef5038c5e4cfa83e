package hostup

import (
	"context"

	"countersign/internal/cloud"
)

var _ cloud.JobReader = (*Provider)(nil)

// ReadJobs implements cloud.JobReader. An ID is the address for polling that an
// action gave; one that is not of this cloud's jobs is ErrVendor and never leaves.
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

// state is a job in our words. What it works on is not told: the ID that the page
// of before names is of another form.
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

// accepted is what became of a queued action. One that says neither that it is
// over nor where to ask may have been carried out all the same.
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
