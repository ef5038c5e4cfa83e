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
