package gpcn

import (
	"context"
	"slices"

	"countersign/internal/cloud"
)

var _ cloud.JobReader = (*Provider)(nil)

// ReadJobs reads jobs, MaxIDs per request. A job that GPCN does not return any more is
// JobVanished.
func (p *Provider) ReadJobs(ctx context.Context, ids []cloud.JobID) ([]cloud.Job, error) {
	shown := make(map[cloud.JobID]cloud.Job, len(ids))
	for chunk := range slices.Chunk(ids, MaxIDs) {
		asked := make([]JobID, 0, len(chunk))
		for _, id := range chunk {
			asked = append(asked, JobID(id))
		}
		jobs, err := p.client.GetJobs(ctx, asked...)
		if err != nil {
			return nil, err
		}
		for _, job := range jobs {
			shown[cloud.JobID(job.JobID)] = job.translate()
		}
	}
	out := make([]cloud.Job, 0, len(ids))
	for _, id := range ids {
		job, there := shown[id]
		if !there {
			job = cloud.Job{ID: id, State: cloud.JobVanished}
		}
		out = append(out, job)
	}
	return out, nil
}

// operationMakes is the operation of jobs that create a resource.
const operationMakes = "create"

// translate converts a job. The ID of a resource to be created is known from the
// start but reported only once the resource exists; the ID of an existing resource
// is always reported.
func (j Job) translate() cloud.Job {
	out := cloud.Job{
		ID: cloud.JobID(j.JobID), State: cloud.JobRunning, Stage: cloud.CleanText(j.Stage),
		Percent: j.ProgressPercentage, Message: cloud.CleanText(j.Message),
	}
	if j.Operation != "" && j.Operation != operationMakes {
		out.MadeID = optional(j.ResourceID)
	}
	switch j.State() {
	case JobSucceeded:
		out.State, out.MadeID = cloud.JobDone, optional(j.ResourceID)
	case JobFailed:
		out.State, out.Message = cloud.JobFailed, cloud.CleanText(j.Reason())
	case JobCancelled:
		out.State, out.Message = cloud.JobCancelled, cloud.CleanText(j.Reason())
	case JobRunning:
	}
	return out
}

// accepted returns the result of an operation that started these jobs, or none.
func accepted(jobs ...Job) cloud.Accepted {
	var out cloud.Accepted
	for _, job := range jobs {
		out.Jobs = append(out.Jobs, cloud.JobID(job.JobID))
	}
	return out
}
