package gpcn

import (
	"context"
	"slices"

	"countersign/internal/cloud"
)

var _ cloud.VMPowerer = (*Provider)(nil)

const operationPower = "power VM"

// PowerActions returns what each action does. The cost of a machine in either state is
// not documented; the operator's price book may have it.
func (*Provider) PowerActions(vm cloud.VM) []cloud.PowerActionInfo {
	stopping := "That a stopped machine costs less is not documented; assume that the charge goes on."
	starting := "What a running machine costs more than a stopped one, if anything, is not documented."
	if vm.Rates[cloud.PowerRunning].Known() && vm.Rates[cloud.PowerStopped].Known() {
		stopping = "GPCN does not document what a stopped machine costs; both rates are those of the operator's price book."
		starting = stopping
	}
	stop := cloud.PowerActionInfo{
		Action: cloud.PowerStop, Result: cloud.PowerStopped, Interrupts: true,
		Billing:      stopping,
		Consequences: []string{"What runs on the machine stops."},
	}
	if vm.Kind == gpuBlock {
		stop.Consequences = append(stop.Consequences, "GPCN documents no operation that starts a GPU VM again: this account may not get it running from here; the user has to see whether GPCN's console can.")
		return []cloud.PowerActionInfo{stop}
	}
	return []cloud.PowerActionInfo{
		{
			Action: cloud.PowerStart, Result: cloud.PowerRunning,
			Billing: starting,
		},
		stop,
	}
}

// PlanPower refuses actions that the kind of machine lacks. GPCN sends no gates, and
// decides itself which changes of state it allows.
func (p *Provider) PlanPower(_ context.Context, vm cloud.VM, action cloud.PowerAction) ([]string, error) {
	if err := p.checkAction(vm, action); err != nil {
		return nil, err
	}
	if vm.Power == cloud.PowerOther {
		return []string{"The machine is neither running nor stopped now; GPCN may refuse."}, nil
	}
	return nil, nil
}

func (p *Provider) checkAction(vm cloud.VM, action cloud.PowerAction) error {
	if slices.ContainsFunc(p.PowerActions(vm), func(info cloud.PowerActionInfo) bool { return info.Action == action }) {
		return nil
	}
	hint := "GPCN has start and stop for it."
	if vm.Kind == gpuBlock {
		hint = "GPCN documents stop only for GPU VMs; ask the user to use GPCN's console for anything else."
	}
	return p.refuse(cloud.ErrUnsupported, operationPower, "this kind of machine has no such power action", hint)
}

// PowerVM executes an action. Whether GPCN returns a job is not documented; without one
// the machine's status shows when it is done.
func (p *Provider) PowerVM(ctx context.Context, id cloud.VMID, action cloud.PowerAction) (cloud.Accepted, error) {
	return cloud.ByUUID(p.account, operationPower, id, func(id cloud.VMID) (cloud.Accepted, error) {
		kind, err := p.kindOf(ctx, id)
		if err != nil {
			return cloud.Accepted{}, err
		}
		if err := p.checkAction(cloud.VM{Kind: kind}, action); err != nil {
			return cloud.Accepted{}, err
		}
		if kind == gpuBlock {
			return cloud.Accepted{}, p.stopGPU(ctx, id)
		}
		send := p.client.StopVM
		if action == cloud.PowerStart {
			send = p.client.StartVM
		}
		job, err := send(ctx, id)
		if err != nil || job == nil {
			return cloud.Accepted{}, err
		}
		return accepted(*job), nil
	})
}

// stopGPU stops one GPU VM; its row of the response has the result.
func (p *Provider) stopGPU(ctx context.Context, id cloud.VMID) error {
	const hint = "Read the state with get_vm before the next call."
	answer, err := p.client.StopGPUs(ctx, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(answer.Results, func(row BulkRow) bool { return row.ID == id })
	if i < 0 {
		e := p.refuse(cloud.ErrUnavailable, operationPower, "the cloud answered and did not say what became of this machine", hint)
		e.Ambiguous = true
		return e
	}
	row := answer.Results[i]
	if row.Success {
		return nil
	}
	e := p.refuse(cloud.ErrBlocked, operationPower, "GPCN did not stop this machine", hint+" The issue holds GPCN's reason.")
	if row.Error != nil {
		e.Issues = []cloud.Issue{{Field: "vm_id", Message: cloud.CleanText(string(*row.Error))}}
	}
	return e
}
