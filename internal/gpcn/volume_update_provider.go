package gpcn

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"countersign/internal/cloud"
)

var (
	_ cloud.VolumeUpdater      = (*Provider)(nil)
	_ cloud.VolumeBulkDetacher = (*Provider)(nil)
)

const operationUpdateVolume = "update volume"

// VolumeMachine reads a VM that a volume is or could be attached to.
func (p *Provider) VolumeMachine(ctx context.Context, id cloud.MachineRef) (cloud.VolumeMachine, error) {
	vm, err := p.GetVM(ctx, cloud.VMID(id))
	if cloud.IsKind(err, cloud.ErrUnknownID) {
		return cloud.VolumeMachine{}, p.unknownVM(ctx, id)
	}
	if err != nil {
		return cloud.VolumeMachine{}, err
	}
	return cloud.VolumeMachine{ID: cloud.MachineRef(vm.ID), Kind: "vm", Name: vm.Name, Power: vm.Power, Status: vm.Status}, nil
}

// unknownVM returns the error for an ID of no VM, with candidates.
func (p *Provider) unknownVM(ctx context.Context, id cloud.MachineRef) error {
	rows, err := everything(ctx, p, operationVMs, p.vmPage)
	if err != nil {
		return err
	}
	_, err = confirm(p, lookup{operationUpdateVolume, "attach_to or detach_from", string(id), "VM of this account", "list_vms"}, rows,
		func(row VMRow) cloud.Candidate { return cloud.Candidate{ID: string(row.ID), Name: row.Name} })
	return err
}

// PlanVolumeUpdate checks that an update is one operation of GPCN's and meets its
// rules.
func (p *Provider) PlanVolumeUpdate(ctx context.Context, volume cloud.Volume, update cloud.VolumeUpdate) (cloud.VolumeUpdatePlan, error) {
	plan := cloud.VolumeUpdatePlan{Price: volume.Price}
	if err := p.invalid(operationUpdateVolume, checkVolumeUpdate(volume, update)); err != nil {
		return plan, err
	}
	switch {
	case update.SizeGB != nil:
		return p.planGrowth(ctx, volume, *update.SizeGB)
	case len(update.Attach) > 0:
		if err := p.checkAttach(ctx, volume, update.Attach[0]); err != nil {
			return plan, err
		}
		plan.Consequences = []string{"Where the VM cannot take a volume while it runs, GPCN may refuse; it takes one while it is stopped."}
	case len(update.Detach) > 0:
		plan.Consequences = []string{"Where the VM cannot let a volume go while it runs, GPCN may refuse."}
	}
	return plan, nil
}

// checkVolumeUpdate applies the rules that need no request. GPCN cannot rename a volume,
// and two jobs on one volume could conflict.
func checkVolumeUpdate(volume cloud.Volume, update cloud.VolumeUpdate) []cloud.Issue {
	problems := cloud.UnsupportedVolumeUpdates(update, "size_gb", "attach_to", "detach_from")
	steps := len(update.Attach) + len(update.Detach)
	if update.SizeGB != nil {
		steps++
	}
	switch {
	case steps > 1:
		problems = append(problems, cloud.Issue{Field: "volume_ids", Message: "GPCN does one thing at a time to a volume: grow it, attach it to one VM, or detach it; make a call for each, when the job of the one before is done"})
	case len(update.Attach) > 0 && len(volume.AttachedTo) > 0:
		problems = append(problems, cloud.Issue{Field: "attach_to", Message: "the volume is attached to VM " + string(volume.AttachedTo[0]) + ", and a volume has one VM; detach it first"})
	}
	return problems
}

// planGrowth refuses a size that the volume's type does not have.
func (p *Provider) planGrowth(ctx context.Context, volume cloud.Volume, sizeGB int) (cloud.VolumeUpdatePlan, error) {
	plan := cloud.VolumeUpdatePlan{Consequences: []string{"Growing cannot be taken back: GPCN only grows volumes."}}
	skus := p.volumeSKUs()
	catalogue, err := skus.catalogue(ctx, volume.LocationID)
	if err != nil {
		return plan, err
	}
	var listed []string
	for _, size := range catalogue.sizes(volume.Type) {
		if size.SizeGB == nil {
			continue
		}
		if *size.SizeGB == sizeGB {
			plan.Price, err = skus.price(ctx, volume.LocationID, volume.Type, &sizeGB)
			if !plan.Price.Known() {
				plan.Consequences = append(plan.Consequences, "GPCN publishes no prices: what the larger volume costs is not known here; the user has to look it up before saying yes.")
			}
			return plan, err
		}
		listed = append(listed, fmt.Sprint(*size.SizeGB))
	}
	message := "GPCN has listed sizes only, for this volume: " + strings.Join(listed, ", ")
	if len(listed) == 0 {
		message = "GPCN lists no sizes for the type of this volume in its data center"
	}
	return plan, p.invalid(operationUpdateVolume, []cloud.Issue{{Field: "size_gb", Message: message}})
}

// checkAttach applies the rules of the VM: it is in the same data center [inferred],
// and has at most MaxVolumes.
func (p *Provider) checkAttach(ctx context.Context, volume cloud.Volume, to cloud.MachineRef) error {
	vm, err := p.GetVM(ctx, cloud.VMID(to))
	if err != nil {
		return err
	}
	has, err := p.volumesOn(ctx, to)
	if err != nil {
		return err
	}
	var problems []cloud.Issue
	switch {
	case vm.Kind == gpuBlock:
		problems = append(problems, cloud.Issue{Field: "attach_to", Message: "this is a GPU VM; that GPCN attaches volumes to those is not documented"})
	case vm.LocationID != "" && volume.LocationID != "" && vm.LocationID != volume.LocationID:
		problems = append(problems, cloud.Issue{Field: "attach_to", Message: "the VM is in another data center than the volume"})
	case len(has) >= MaxVolumes:
		problems = append(problems, cloud.Issue{Field: "attach_to", Message: fmt.Sprintf("the VM has %d volumes already, and can have no more", MaxVolumes)})
	}
	return p.invalid(operationUpdateVolume, problems)
}

// volumesOn returns the sorted IDs of the volumes that a VM has.
func (p *Provider) volumesOn(ctx context.Context, vm cloud.MachineRef) ([]string, error) {
	all, err := everything(ctx, p, operationVolumes, p.client.ListVolumes)
	var ids []string
	for _, v := range all {
		if v.VirtualMachineID == vm {
			ids = append(ids, string(v.ID))
		}
	}
	slices.Sort(ids)
	return ids, err
}

// UpdateVolume starts the one operation that an update asks for.
func (p *Provider) UpdateVolume(ctx context.Context, volume cloud.Volume, update cloud.VolumeUpdate) (cloud.Accepted, error) {
	if err := p.invalid(operationUpdateVolume, checkVolumeUpdate(volume, update)); err != nil {
		return cloud.Accepted{}, err
	}
	return cloud.ByUUID(p.account, operationUpdateVolume, volume.ID, func(id cloud.VolumeID) (cloud.Accepted, error) {
		var job Job
		var err error
		switch {
		case update.SizeGB != nil:
			job, err = p.client.ResizeVolume(ctx, id, *update.SizeGB)
		case len(update.Attach) > 0:
			job, err = p.client.AttachVolume(ctx, id, update.Attach[0])
		default:
			job, err = p.client.DetachVolume(ctx, id)
		}
		if err != nil {
			return cloud.Accepted{}, err
		}
		return accepted(job), nil
	})
}

// DetachVolumes detaches volumes in one request. Each job names its volume; for a volume
// without a job nothing was started, and GPCN does not say why.
func (p *Provider) DetachVolumes(ctx context.Context, ids []cloud.VolumeID) ([]cloud.VolumeResult, error) {
	jobs, err := p.client.DetachVolumes(ctx, ids...)
	if err != nil {
		return nil, err
	}
	results := make([]cloud.VolumeResult, len(ids))
	told := 0
	for i, id := range ids {
		at := slices.IndexFunc(jobs, func(job Job) bool { return optional(job.ResourceID) == string(id) })
		if at < 0 {
			results[i].Err = p.refuse(cloud.ErrVendor, operationUpdateVolume, "GPCN named no job for this volume and did not say why", "Read the volume with get_volume before the next call.")
			continue
		}
		told++
		results[i].Accepted = accepted(jobs[at])
	}
	if told < len(jobs) {
		e := p.refuse(cloud.ErrUnavailable, operationUpdateVolume, "GPCN began jobs and did not say for which volumes", "Read the volumes with get_volume before the next call.")
		e.Ambiguous = true
		return nil, e
	}
	return results, nil
}
