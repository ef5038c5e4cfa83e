package gpcn

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
)

var _ cloud.VMInterfaceChanger = (*Provider)(nil)

const operationInterfaces = "change network interfaces"

// ListVMInterfaces lists the interfaces of a VM. GPCN documents none of GPU VMs.
func (p *Provider) ListVMInterfaces(ctx context.Context, vm cloud.VM) ([]cloud.Interface, error) {
	if vm.Kind != vmBlock {
		return nil, p.refuse(cloud.ErrUnsupported, "list network interfaces", "GPCN documents no network interfaces of GPU VMs",
			"get_vm has the address of a GPU VM.")
	}
	rows, err := p.client.ListInterfaces(ctx, vm.ID)
	if err != nil {
		return nil, err
	}
	out := make([]cloud.Interface, 0, len(rows))
	for _, row := range rows {
		out = append(out, row.translate())
	}
	return out, nil
}

// translate converts an interface.
func (i NetworkInterface) translate() cloud.Interface {
	return cloud.Interface{
		ID: i.ID, NetworkID: cloud.NetworkID(i.NetworkID), NetworkName: cloud.CleanText(i.NetworkName),
		NetworkType: cloud.CleanText(string(i.NetworkType)), Primary: bool(i.IsPrimary),
		PrivateIP: cloud.CleanText(i.PrivateIP), PublicIP: cloud.CleanText(i.PublicIP),
		CIDR: cloud.CleanText(i.CIDRBlock), Gateway: cloud.CleanText(i.GatewayIP),
	}
}

// PlanInterfaceChange refuses a change that GPCN's rules forbid for the VM in its
// present state.
func (p *Provider) PlanInterfaceChange(ctx context.Context, vm cloud.VM, all []cloud.Interface, change cloud.InterfaceChange) ([]string, error) {
	var of cloud.Interface
	for _, i := range all {
		if i.ID == change.InterfaceID {
			of = i
		}
	}
	switch change.Action {
	case cloud.InterfaceAttach:
		return p.planAttach(ctx, vm, all, change.NetworkID)
	case cloud.InterfaceSetPrimary:
		says, err := p.planHotPlug(ctx, vm)
		return append([]string{"The machine's main address becomes that of this interface; whoever reaches it by the old one may lose it, and its way out may change."}, says...), err
	case cloud.InterfaceDetach:
		return p.planDetach(ctx, vm, of)
	case cloud.PublicIPAllocate:
		if NetworkType(of.NetworkType) != NetworkStandard {
			return nil, p.refuse(cloud.ErrBlocked, operationInterfaces, "GPCN has public addresses on standard networks only, and this interface is on another", "Take an interface on a standard network; list_vm_interfaces tells network_type.")
		}
		return []string{
			"The machine can be reached from the internet by a public address; what stands in the way of that is not documented.",
			"That a public address costs is likely; GPCN publishes no price of one. It may cost until it is released.",
		}, nil
	case cloud.PublicIPRelease:
		return []string{
			"The address is lost for ever: another allocation gives another address. What points at it, such as DNS, points at nobody, or at a stranger.",
			"Nobody reaches the machine by it any more. When its charge ends, if it has one, is not documented.",
		}, nil
	}
	return nil, p.refuse(cloud.ErrUnsupported, operationInterfaces, "there is no such action", "Take one of the actions in the schema.")
}

// planAttach confirms that the network exists in the machine's data center.
func (p *Provider) planAttach(ctx context.Context, vm cloud.VM, all []cloud.Interface, id cloud.NetworkID) ([]string, error) {
	if len(all) >= MaxInterfaces {
		return nil, p.refuse(cloud.ErrBlocked, operationInterfaces, fmt.Sprintf("the machine has %d interfaces, which is all that GPCN allows", len(all)), "Ask the user which one to detach first.")
	}
	networks, err := p.allNetworks(ctx)
	if err != nil {
		return nil, err
	}
	want := lookup{operationInterfaces, "network_id", string(id), "network of this account", "list_networks"}
	network, err := confirm(p, want, networks, func(n Network) cloud.Candidate { return cloud.Candidate{ID: string(n.ID), Name: n.Name} })
	if err != nil {
		return nil, err
	}
	if network.Datacenter.ID != vm.LocationID {
		return nil, p.invalid(operationInterfaces, []cloud.Issue{{Field: "network_id", Message: "this network is not in the data center of the machine"}})
	}
	says, err := p.planHotPlug(ctx, vm)
	return append([]string{"Whoever is on that network can reach the machine. Whether its system takes the new interface into use by itself is not documented."}, says...), err
}

// planDetach refuses to remove the primary interface, and so the last one: GPCN's
// sources contradict each other on a machine without any.
func (p *Provider) planDetach(ctx context.Context, vm cloud.VM, of cloud.Interface) ([]string, error) {
	if of.Primary {
		return nil, p.refuse(cloud.ErrBlocked, operationInterfaces, "this is the primary interface of the machine; nothing was sent", "Ask the user whether another interface is to be the primary one; then set_primary that one first. The last interface of a machine stays.")
	}
	out := []string{"Nobody reaches the machine by this interface any more, and its private address there is lost."}
	if of.PublicIP != "" {
		out = append(out, "It has a public address. What becomes of that is not documented: it may be lost for ever, or remain and cost.")
	}
	says, err := p.planHotPlug(ctx, vm)
	return append(out, says...), err
}

// planHotPlug refuses a change of a running machine that does not support it.
func (p *Provider) planHotPlug(ctx context.Context, vm cloud.VM) ([]string, error) {
	switch vm.Power {
	case cloud.PowerStopped:
		return nil, nil
	case cloud.PowerRunning:
	case cloud.PowerReleased, cloud.PowerOther:
		return []string{"The machine is neither running nor stopped now; GPCN may refuse."}, nil
	}
	wire, err := p.client.GetVM(ctx, vm.ID)
	if err != nil {
		return nil, err
	}
	if !wire.NetworkHotplug {
		return nil, p.refuse(cloud.ErrBlocked, operationInterfaces, "this machine runs, and GPCN changes its interfaces only while it is stopped", "Ask the user whether it may be stopped with power_vm; then call again.")
	}
	return nil, nil
}

// ChangeInterface executes a change.
func (p *Provider) ChangeInterface(ctx context.Context, vm cloud.VMID, change cloud.InterfaceChange) (cloud.Accepted, error) {
	var send func(context.Context, cloud.VMID, cloud.InterfaceID) (Job, error)
	switch change.Action {
	case cloud.InterfaceAttach:
		return cloud.ByUUID(p.account, operationInterfaces, change.NetworkID, func(id cloud.NetworkID) (cloud.Accepted, error) {
			return begun(p.client.AddInterface(ctx, vm, NetworkID(id)))
		})
	case cloud.InterfaceSetPrimary:
		return cloud.ByUUID(p.account, operationInterfaces, change.InterfaceID, func(id cloud.InterfaceID) (cloud.Accepted, error) {
			return cloud.Accepted{}, p.client.SetPrimaryInterface(ctx, vm, id)
		})
	case cloud.InterfaceDetach:
		send = p.client.RemoveInterface
	case cloud.PublicIPAllocate:
		send = p.client.AllocatePublicIP
	case cloud.PublicIPRelease:
		send = p.client.ReleasePublicIP
	}
	if send == nil {
		return cloud.Accepted{}, p.refuse(cloud.ErrUnsupported, operationInterfaces, "there is no such action", "Take one of the actions in the schema.")
	}
	return cloud.ByUUID(p.account, operationInterfaces, change.InterfaceID, func(id cloud.InterfaceID) (cloud.Accepted, error) {
		return begun(send(ctx, vm, id))
	})
}

// begun returns the result of an operation that starts one job.
func begun(job Job, err error) (cloud.Accepted, error) {
	if err != nil {
		return cloud.Accepted{}, err
	}
	return accepted(job), nil
}
