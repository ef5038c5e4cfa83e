package gpcn

import (
	"context"
	"slices"

	"countersign/internal/cloud"
)

var _ cloud.VMBatcher = (*Provider)(nil)

const (
	operationStopGPUs   = "stop GPU VMs"
	operationDeleteGPUs = "delete GPU VMs"
)

// BatchKind is the kind of machine that GPCN has bulk operations for.
func (*Provider) BatchKind() string { return gpuBlock }

// StopVMs stops GPU VMs and returns one result per machine. Where none was stopped
// it returns an error with GPCN's reasons.
func (p *Provider) StopVMs(ctx context.Context, ids []cloud.VMID) ([]cloud.Job, error) {
	if err := p.checkBatch(operationStopGPUs, ids); err != nil {
		return nil, err
	}
	answer, err := p.client.StopGPUs(ctx, ids...)
	if err != nil {
		return nil, err
	}
	rows := make([]cloud.Job, 0, len(ids))
	count := map[cloud.JobState]int{}
	for _, id := range ids {
		row := stopped(answer.Results, id)
		count[row.State]++
		rows = append(rows, row)
	}
	if count[cloud.JobDone] > 0 {
		return rows, nil
	}
	e := p.refuse(cloud.ErrBlocked, operationStopGPUs, "GPCN stopped none of these machines", "Read the state with get_vm before the next call. The issues hold GPCN's reasons.")
	if count[cloud.JobVanished] > 0 {
		e = p.refuse(cloud.ErrUnavailable, operationStopGPUs, "the cloud answered and did not say what became of some machines", "Read the state with get_vm before the next call.")
		e.Ambiguous = true
	}
	for _, row := range rows {
		e.Issues = append(e.Issues, cloud.Issue{Field: string(row.ID), Message: row.Message})
	}
	return nil, e
}

// stopped is the result for one machine.
func stopped(results []BulkRow, id cloud.VMID) cloud.Job {
	out := cloud.Job{ID: cloud.JobID(id), MadeID: string(id), State: cloud.JobVanished, Message: "the cloud did not say what became of this machine"}
	i := slices.IndexFunc(results, func(row BulkRow) bool { return row.ID == id })
	switch {
	case i < 0:
	case results[i].Success:
		out.State, out.Message = cloud.JobDone, ""
	default:
		out.State, out.Message = cloud.JobFailed, ""
		if reason := results[i].Error; reason != nil {
			out.Message = cloud.CleanText(string(*reason))
		}
	}
	return out
}

// DeleteVMs starts the deletion of GPU VMs and returns one job per machine. A machine
// for which GPCN started no job is listed in the parts of the result.
func (p *Provider) DeleteVMs(ctx context.Context, ids []cloud.VMID) (cloud.Accepted, error) {
	if err := p.checkBatch(operationDeleteGPUs, ids); err != nil {
		return cloud.Accepted{}, err
	}
	jobs, err := p.client.DeleteGPUs(ctx, ids...)
	if err != nil {
		return cloud.Accepted{}, err
	}
	out := accepted(jobs...)
	if len(jobs) >= len(ids) {
		return out, nil
	}
	for _, id := range ids {
		if !slices.ContainsFunc(jobs, func(j Job) bool { return optional(j.ResourceID) == string(id) }) {
			out.Parts = append(out.Parts, cloud.Job{
				ID: cloud.JobID(id), MadeID: string(id), State: cloud.JobVanished, Message: "the cloud began no job for this machine",
			})
		}
	}
	if len(out.Parts)+len(jobs) != len(ids) {
		e := p.refuse(cloud.ErrUnavailable, operationDeleteGPUs, "the cloud began fewer jobs than asked for and did not say for which machines", "Read the state with list_vms before the next call.")
		e.Ambiguous = true
		return cloud.Accepted{}, e
	}
	return out, nil
}

// checkBatch checks the number of IDs in a bulk operation and the form of each.
func (p *Provider) checkBatch(operation string, ids []cloud.VMID) error {
	if len(ids) < 1 || len(ids) > MaxIDs {
		return p.refuse(cloud.ErrInvalid, operation, "GPCN takes 1 to 50 machines at once", "Give 1 to 50 exact IDs.")
	}
	for _, id := range ids {
		if _, err := cloud.ByUUID(p.account, operation, id, func(cloud.VMID) (struct{}, error) { return struct{}{}, nil }); err != nil {
			return err
		}
	}
	return nil
}
