package hostup

import (
	"context"
	"encoding/json"

	"countersign/internal/cloud"
)

var (
	_ cloud.VMStatusReader   = (*Provider)(nil)
	_ cloud.VMMetricsReader  = (*Provider)(nil)
	_ cloud.VMDiskLister     = (*Provider)(nil)
	_ cloud.VMNetworkReader  = (*Provider)(nil)
	_ cloud.VMSSHKeyLister   = (*Provider)(nil)
	_ cloud.VMDeletionLister = (*Provider)(nil)
)

// VMStatus reads the live state, and with it the contract and a cancellation; it still
// succeeds where one of these two cannot be read.
func (p *Provider) VMStatus(ctx context.Context, vm cloud.VM) (cloud.VMStatus, error) {
	const operation = "get VPS status"
	live, err := exactVPS(p, operation, vm.ID, func() (VPSStatus, error) { return p.client.GetVPSStatus(ctx, vm.ID) })
	if err != nil {
		return cloud.VMStatus{}, err
	}
	if err := p.sameVPS(operation, vm.ID, live.ID); err != nil {
		return cloud.VMStatus{}, err
	}
	out := cloud.VMStatus{
		VMID: vm.ID, Account: p.account, Power: VPS{PowerState: &live.PowerState}.power(), Status: cloud.CleanText(string(live.PowerState)),
		UptimeSeconds: count(live.UptimeSeconds), CPUPercent: measure(live.CPUUsagePercent),
		Memory: live.Memory.usage(), Storage: live.Storage.usage(), PendingTasks: rows(live.PendingTasks),
		Traffic: traffic(cloud.Traffic{
			InGB: measure(live.Network.InboundGB), OutGB: measure(live.Network.OutboundGB), TotalGB: measure(live.Network.TotalGB),
		}),
	}
	p.addContract(ctx, &out)
	standing, err := p.client.GetVPSCancellation(ctx, vm.ID)
	switch {
	case err != nil:
		out.Missing = append(out.Missing, "deletion: "+failedList(err))
	case standing.Status != CancellationNone:
		out.Deletion = new(p.deletion(AccountCancellation{Type: cancelledVPS, VPSID: vm.ID, Cancellation: standing}))
	}
	return out, ctx.Err()
}

// addContract adds the parts of the details that GetVM does not have.
func (p *Provider) addContract(ctx context.Context, out *cloud.VMStatus) {
	details, err := p.client.GetVPSDetails(ctx, out.VMID)
	if err == nil {
		err = p.sameVPS("get VPS details", out.VMID, details.ID)
	}
	if err != nil {
		out.Missing = append(out.Missing, "contract and traffic of the period: "+failedList(err))
		return
	}
	out.Product, out.NextDueAt, out.BackupsIncluded = text(details.ProductName), moment(details.NextDueAt), count(details.BackupsIncluded)
	if b := details.Bandwidth; b != nil {
		out.PeriodTraffic = traffic(cloud.Traffic{
			InGB: measure(b.InboundGB), OutGB: measure(b.OutboundGB), TotalGB: measure(b.UsedGB),
			LimitGB: measure(b.LimitGB), Percent: measure(b.UsagePercent),
		})
	}
}

// measure returns a measured number as a float, which money must never be; nil where the
// vendor sent none.
func measure(n Number) *float64 {
	value, ok := n.Decimal()
	if !ok {
		return nil
	}
	return new(value.InexactFloat64())
}

func (u Usage) usage() *cloud.Usage {
	out := cloud.Usage{UsedGB: measure(u.UsedGB), TotalGB: measure(u.TotalGB), Percent: measure(u.UsagePercent)}
	if out == (cloud.Usage{}) {
		return nil
	}
	return &out
}

// traffic converts the traffic; nil where the vendor sent none.
func traffic(t cloud.Traffic) *cloud.Traffic {
	if t == (cloud.Traffic{}) {
		return nil
	}
	return &t
}

// rows returns how many rows a list has; nil where the value is not a list.
func rows(raw json.RawMessage) *int {
	list := read[[]json.RawMessage](raw)
	if list == nil {
		return nil
	}
	return new(len(*list))
}

// VMMetrics implements cloud.VMMetricsReader. That the vendor sends the oldest sample
// first is [inferred]; the samples are not sorted.
func (p *Provider) VMMetrics(ctx context.Context, id cloud.VMID, window cloud.MetricsWindow) ([]cloud.MetricSample, error) {
	metrics, err := exactVPS(p, getMetrics, id, func() (VPSMetrics, error) { return p.client.GetVPSMetrics(ctx, id, window) })
	if err != nil {
		return nil, err
	}
	if err := p.sameVPS(getMetrics, id, metrics.ID); err != nil {
		return nil, err
	}
	return wholeList(p, getMetrics, metrics.Samples, func(s VPSSample) cloud.MetricSample {
		return cloud.MetricSample{
			At: moment(s.RecordedAt), CPUPercent: measure(s.CPUUsagePercent), MemoryPercent: measure(s.MemoryUsagePercent),
			DiskReadMBs: measure(s.DiskReadMBPerSecond), DiskWriteMBs: measure(s.DiskWriteMBPerSecond),
			NetworkInKBs: measure(s.NetworkInboundKBPerSecond), NetworkOutKBs: measure(s.NetworkOutboundKBPerSecond),
		}
	})
}

// ListVMDisks implements cloud.VMDiskLister.
func (p *Provider) ListVMDisks(ctx context.Context, id cloud.VMID) ([]cloud.VMDisk, error) {
	storage, err := exactVPS(p, getStorage, id, func() (VPSStorage, error) { return p.client.GetVPSStorage(ctx, id) })
	if err != nil {
		return nil, err
	}
	return wholeList(p, getStorage, storage.Disks, func(d Disk) cloud.VMDisk {
		return cloud.VMDisk{
			ID: d.ID, Name: cloud.CleanText(d.Name), Type: text(d.Type), Device: text(d.Device), CDROM: d.IsCDROM, BootOrder: count(d.BootOrder),
			Capacity: cloud.Usage{UsedGB: measure(d.Capacity.UsedGB), TotalGB: measure(d.Capacity.TotalGB), Percent: measure(d.Capacity.UsagePercent)},
			FreeGB:   measure(d.Capacity.FreeGB), ReadGB: measure(d.IO.ReadGB), WrittenGB: measure(d.IO.WriteGB),
			ReadCount: count(d.IO.ReadOperations), WriteCount: count(d.IO.WriteOperations),
			CanDetach: gate(d.Actions.Get(CanDetach)), CanResize: gate(d.Actions.Get(CanResize)),
		}
	})
}

// VMNetwork implements cloud.VMNetworkReader.
func (p *Provider) VMNetwork(ctx context.Context, id cloud.VMID) ([]cloud.NetworkCard, error) {
	network, err := exactVPS(p, getNetwork, id, func() (VPSNetwork, error) { return p.client.GetVPSNetwork(ctx, id) })
	if err != nil {
		return nil, err
	}
	return wholeList(p, getNetwork, network.Interfaces, func(i VPSInterface) cloud.NetworkCard {
		out := cloud.NetworkCard{
			ID: i.ID, Model: text(i.Model), MAC: text(i.MAC), Bridge: text(i.Bridge), VLAN: count(i.VLAN),
			Firewall: i.FirewallEnabled, LinkDown: i.LinkDown,
		}
		for _, ip := range i.IP {
			out.Addresses = append(out.Addresses, cloud.CardAddress{ID: ip.ID, Type: text(ip.Type), IP: text(ip.IP), Mask: text(ip.Mask)})
		}
		return out
	})
}

// ListVMSSHKeys implements cloud.VMSSHKeyLister.
func (p *Provider) ListVMSSHKeys(ctx context.Context, id cloud.VMID) ([]cloud.VMSSHKey, string, error) {
	list, err := exactVPS(p, listVPSKeys, id, func() (VPSSSHKeys, error) { return p.client.ListVPSSSHKeys(ctx, id) })
	if err != nil {
		return nil, "", err
	}
	keys, err := wholeList(p, listVPSKeys, list.SSHKeys, func(k SSHKey) cloud.VMSSHKey {
		return cloud.VMSSHKey{SSHKey: p.sshKey(k), LastUsedAt: moment(k.LastUsedAt)}
	})
	return keys, "These are the keys of the account: HostUp checks that the machine is the account's, and does not read which keys are installed on it.", err
}

// cancelledVPS is the type of a server's cancellation.
const cancelledVPS = "vps"

// ListDeletions implements cloud.VMDeletionLister.
func (p *Provider) ListDeletions(ctx context.Context) ([]cloud.ScheduledDeletion, error) {
	list, err := p.client.ListCancellations(ctx)
	if err != nil {
		return nil, err
	}
	return wholeList(p, listCancellations, list.Cancellations, p.deletion)
}

// deletion converts the cancellation of any service; only a machine's can be revoked by a
// tool.
func (p *Provider) deletion(c AccountCancellation) cloud.ScheduledDeletion {
	of := c.Cancellation
	out := cloud.ScheduledDeletion{
		Account: p.account, Kind: cloud.CleanText(c.Type), OtherID: c.AccountID, Status: cloud.CleanText(string(of.Status)),
		When: text(of.CancelType), AskedAt: moment(of.CancelledAt), EndsAt: moment(of.ScheduledAt), Reason: text(of.Reason),
	}
	if c.Type == cancelledVPS {
		out.Kind, out.VMID, out.CanCancel = servesVM, c.VPSID, of.Revokable
	}
	return out
}

// wholeList converts a list that is not paged. A response without a list is an error and
// not an empty list.
func wholeList[Row, Out any](p *Provider, operation string, all []Row, translate func(Row) Out) ([]Out, error) {
	page, err := listed(p, operation, aboutVPS, List[Row]{Data: all}, "", translate)
	return page.Items, err
}
