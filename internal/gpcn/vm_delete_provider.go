package gpcn

import (
	"context"
	"strings"

	"countersign/internal/cloud"
)

var _ cloud.VMDeleter = (*Provider)(nil)

const operationDelete = "delete VM"

// PlanDeletion returns the consequences of a deletion. GPCN has no choice of when.
func (p *Provider) PlanDeletion(ctx context.Context, vm cloud.VM, how cloud.Deletion) ([]string, error) {
	if how.When != "" {
		return nil, p.refuse(cloud.ErrUnsupported, operationDelete, "this cloud deletes at once and has no choice of when", "Leave cancel_type out.")
	}
	if ending(vm) {
		return nil, p.refuse(cloud.ErrBlocked, operationDelete, "the machine is being deleted already, or is gone", "There is nothing left to delete; tell the user.")
	}
	consequences := []string{
		"The machine and all that is on its disk are lost for ever; this cannot be undone.",
		"When its charge ends is not documented; that it ends with the machine is assumed.",
	}
	if vm.Kind == vmBlock {
		if has, err := p.volumesOn(ctx, cloud.MachineRef(vm.ID)); err == nil && len(has) > 0 { // otherwise the general warning below has to do
			consequences = append(consequences, "Volumes that are attached to it now: "+strings.Join(has, ", ")+".")
		}
		consequences = append(consequences, "What becomes of its attached volumes and public addresses is not documented: they may be lost, or remain and cost.")
	}
	return consequences, nil
}

// DeleteVM starts the deletion of a machine and returns the job. The machine is listed
// until it is gone.
func (p *Provider) DeleteVM(ctx context.Context, id cloud.VMID, _ cloud.Deletion) (cloud.Accepted, error) {
	return cloud.ByUUID(p.account, operationDelete, id, func(id cloud.VMID) (cloud.Accepted, error) {
		kind, err := p.kindOf(ctx, id)
		if err != nil {
			return cloud.Accepted{}, err
		}
		send := p.client.DeleteVM
		if kind == gpuBlock {
			send = p.client.DeleteGPU
		}
		job, err := send(ctx, id)
		if err != nil {
			return cloud.Accepted{}, err
		}
		return accepted(job), nil
	})
}

// Deleting implements cloud.VMDeleter. The status of a machine shows its deletion until
// the machine is not found any more.
func (p *Provider) Deleting(ctx context.Context, id cloud.VMID, _ cloud.Deletion) (bool, error) {
	vm, err := p.GetVM(ctx, id)
	if cloud.IsKind(err, cloud.ErrUnknownID) {
		return true, nil
	}
	return ending(vm), err
}

// ending reports whether a machine is being deleted, or is deleted and still listed.
func ending(vm cloud.VM) bool { return Status(vm.Status).Is(StatusDeleting, StatusDestroyed) }
