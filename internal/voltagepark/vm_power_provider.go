package voltagepark

import (
	"context"
	"errors"

	"countersign/internal/cloud"
)

// powerStatuses maps our actions to the states that can be requested.
func powerStatuses(action cloud.PowerAction) (status PowerStatus, ok bool) {
	switch action {
	case cloud.PowerStart:
		return StatusStarted, true
	case cloud.PowerStop:
		return StatusStopped, true
	case cloud.PowerRelease:
		return StatusStoppedDisassociated, true
	}
	return "", false
}

// PowerActions returns what each action does and what is charged afterwards, by the page's
// "Start or stop a virtual machine": stopped machines are billed as running ones,
// disassociated ones for storage only.
func (*Provider) PowerActions(cloud.VM) []cloud.PowerActionInfo {
	return []cloud.PowerActionInfo{
		{
			Action:  cloud.PowerStart,
			Result:  cloud.PowerRunning,
			Billing: "The full rate is charged: compute and storage.",
			Consequences: []string{
				"A released machine starts only if its host has free resources again.",
			},
		},
		{
			Action:     cloud.PowerStop,
			Result:     cloud.PowerStopped,
			Interrupts: true,
			Billing:    "Nothing is saved: the vendor bills a stopped machine like a running one.",
			Consequences: []string{
				"What runs on the machine stops.",
				"Its GPUs, vCPUs and memory stay reserved for it.",
			},
		},
		{
			Action:     cloud.PowerRelease,
			Result:     cloud.PowerReleased,
			Interrupts: true,
			Billing:    "Only storage is charged from then on.",
			Consequences: []string{
				"What runs on the machine stops, and what is in its memory is lost; its disk is kept.",
				"Its GPUs, vCPUs and memory are given back and may go to somebody else.",
				"Starting it again needs free resources on its host and may fail.",
			},
		},
	}
}

// PlanPower adds nothing: the vendor has no gates.
func (*Provider) PlanPower(context.Context, cloud.VM, cloud.PowerAction) ([]string, error) {
	return nil, nil
}

// PowerVM requests the state of an action.
func (p *Provider) PowerVM(ctx context.Context, id cloud.VMID, action cloud.PowerAction) (cloud.Accepted, error) {
	const operation = "power VM"
	status, ok := powerStatuses(action)
	if !ok {
		e := p.refuse(cloud.ErrUnsupported, operation, "this cloud has no such power action")
		e.Hint = "Voltage Park has start, stop and release."
		return cloud.Accepted{}, e
	}
	_, err := exactly(p, operation, id, func(id cloud.VMID) (VMPower, error) {
		return p.client.SetVMPower(ctx, id, status)
	})
	var e *cloud.Error
	if errors.As(err, &e) && e.Kind == cloud.ErrInvalid && action == cloud.PowerStart {
		e.Hint = "A released machine starts only if its host has free resources; get_vm tells its state. Tell the user, or try again later."
	}
	return cloud.Accepted{}, err
}
