package hostup

import (
	"context"
	"slices"

	"countersign/internal/cloud"
)

var _ cloud.VMPowerer = (*Provider)(nil)

const operationPower = "power VPS"

// powerRow is one action: its description, its gate and its request.
type powerRow struct {
	info cloud.PowerActionInfo
	gate GateName
	send func(*Client, context.Context, cloud.VMID) (QueuedAction, error)
}

// powerTable returns the actions of all servers, without the sentence on billing. Page
// "post-v2-vps-id-actions-restart" describes what each does.
func powerTable() []powerRow {
	const stops = "What runs on the machine stops."
	const loses = "What the guest has not saved is lost."
	row := func(action cloud.PowerAction, result cloud.PowerState, gate GateName, send func(*Client, context.Context, cloud.VMID) (QueuedAction, error), consequences ...string) powerRow {
		return powerRow{cloud.PowerActionInfo{
			Action: action, Result: result, Interrupts: action != cloud.PowerStart, Consequences: consequences,
		}, gate, send}
	}
	restart := func(c *Client, ctx context.Context, id cloud.VMID) (QueuedAction, error) {
		return c.RestartVPS(ctx, id, VPSRestart{})
	}
	return []powerRow{
		row(cloud.PowerStart, cloud.PowerRunning, CanStart, (*Client).StartVPS),
		row(cloud.PowerStop, cloud.PowerStopped, CanShutdown, (*Client).ShutdownVPS, "The guest is asked to power off.", stops),
		row(cloud.PowerForceStop, cloud.PowerStopped, CanStop, (*Client).StopVPS, "The power is cut.", stops, loses),
		row(cloud.PowerRestart, cloud.PowerRunning, CanRestart, restart, "The guest is asked to reboot.", stops),
		row(cloud.PowerForceRestart, cloud.PowerRunning, CanReset, (*Client).ResetVPS, "The machine is rebooted the hard way; nothing is reinstalled.", stops, loses),
	}
}

// powerRowOf finds an action; one that HostUp lacks is an ErrUnsupported.
func (p *Provider) powerRowOf(action cloud.PowerAction) (powerRow, error) {
	table := powerTable()
	i := slices.IndexFunc(table, func(r powerRow) bool { return r.info.Action == action })
	if i < 0 {
		e := p.refuse(cloud.ErrUnsupported, operationPower, "this cloud has no such power action")
		e.Hint = "HostUp has start, stop, force_stop, restart and force_restart."
		return powerRow{}, e
	}
	return table[i], nil
}

// PowerActions implements cloud.VMPowerer.
func (*Provider) PowerActions(vm cloud.VM) []cloud.PowerActionInfo {
	billing := "The price per billing cycle is fixed; that power changes it is not documented."
	if vm.Billing == paygBilling {
		billing = "It is billed by the hour while it exists; whether a stopped machine costs less is not documented."
	}
	var out []cloud.PowerActionInfo
	for _, row := range powerTable() {
		row.info.Billing = billing
		out = append(out, row.info)
	}
	return out
}

// PlanPower refuses an action whose gate is closed. An absent gate is unknown and does
// not refuse.
func (p *Provider) PlanPower(_ context.Context, vm cloud.VM, action cloud.PowerAction) ([]string, error) {
	row, err := p.powerRowOf(action)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(vm.Gates, func(g cloud.NamedGate) bool { return g.Name == string(row.gate) })
	if i < 0 {
		return []string{unknownGate}, nil
	}
	if gate := vm.Gates[i].Gate; !gate.Allowed {
		return nil, p.blocked(operationPower, "HostUp does not allow this power action now", row.gate, gate)
	}
	return nil, nil
}

// PowerVM queues an action and returns its job, whose ID is the vendor's poll address.
func (p *Provider) PowerVM(ctx context.Context, id cloud.VMID, action cloud.PowerAction) (cloud.Accepted, error) {
	row, err := p.powerRowOf(action)
	if err != nil {
		return cloud.Accepted{}, err
	}
	queued, err := exactVPS(p, operationPower, id, func() (QueuedAction, error) { return row.send(p.client, ctx, id) })
	if err != nil {
		return cloud.Accepted{}, err
	}
	return p.accepted(operationPower, queued)
}
