package gpcn

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"countersign/internal/cloud"
)

var _ cloud.VMReader = (*Provider)(nil)

// The kinds of machines, named by the blocks of create_vm that make them.
const (
	vmBlock  = "gpcn_vm"
	gpuBlock = "gpcn_gpu"
)

const (
	operationVMs  = "list VMs"
	operationGPUs = "list GPU VMs"
	operationGet  = "get VM"
)

// gpuCursor is the prefix of cursors that continue in the list of GPU VMs.
const gpuCursor = "gpu/"

// ListVMs lists machines of both kinds: VMs first, then GPU VMs. A tenant
// without the GPU feature has none of the latter.
func (p *Provider) ListVMs(ctx context.Context, request cloud.PageRequest) (cloud.Page[cloud.VM], error) {
	if at, within := strings.CutPrefix(request.Cursor, gpuCursor); within {
		return p.listGPUs(ctx, cloud.PageRequest{Limit: request.Limit, Cursor: at})
	}
	rows, err := listPage(ctx, p, operationVMs, request, p.vmPage)
	if err != nil {
		return cloud.Page[cloud.VM]{}, err
	}
	if len(rows.Items) == 0 { // an empty page would end the list before the GPU VMs
		return p.listGPUs(ctx, cloud.PageRequest{Limit: request.Limit})
	}
	out := cloud.MapPage(rows, p.vmRow)
	p.priceRows(ctx, rows.Items, out.Items)
	if out.Next == "" {
		out.Next = gpuCursor
	}
	p.kinds.saw(out.Items...)
	return out, nil
}

// listGPUs lists GPU VMs. A 403 means that the GPU feature is off, because every role
// may read them.
func (p *Provider) listGPUs(ctx context.Context, request cloud.PageRequest) (cloud.Page[cloud.VM], error) {
	rows, err := listPage(ctx, p, operationGPUs, request, p.gpuPage)
	if cloud.IsKind(err, cloud.ErrForbidden) {
		return cloud.Page[cloud.VM]{}, nil
	}
	if err != nil {
		return cloud.Page[cloud.VM]{}, err
	}
	out := cloud.MapPage(rows, p.gpuRow)
	if out.Next != "" {
		out.Next = gpuCursor + out.Next
	}
	p.kinds.saw(out.Items...)
	return out, nil
}

func (p *Provider) vmPage(ctx context.Context, opts ListOptions) (List[VMRow], error) {
	return p.client.ListVMs(ctx, VMFilter{ListOptions: opts})
}

func (p *Provider) gpuPage(ctx context.Context, opts ListOptions) (List[GPURow], error) {
	return p.client.ListGPUs(ctx, GPUFilter{ListOptions: opts})
}

// GetVM reads a machine of either kind. Its ID does not show the kind: the route that
// it was last seen on is tried first, else the route of VMs.
func (p *Provider) GetVM(ctx context.Context, id cloud.VMID) (cloud.VM, error) {
	return cloud.ByUUID(p.account, operationGet, id, func(id cloud.VMID) (cloud.VM, error) {
		routes := []func(context.Context, cloud.VMID) (cloud.VM, error){p.getVM, p.getGPU}
		if p.kinds.of(id) == gpuBlock {
			routes[0], routes[1] = routes[1], routes[0]
		}
		vm, err := routes[0](ctx, id)
		if cloud.IsKind(err, cloud.ErrUnknownID) {
			vm, err = routes[1](ctx, id)
		}
		if err != nil {
			return cloud.VM{}, err
		}
		if err := cloud.SameID(p.account, operationGet, id, vm.ID); err != nil {
			return cloud.VM{}, err
		}
		p.kinds.saw(vm)
		return vm, nil
	})
}

// getVM reads a VM with its interfaces. Tenants on GPCN's later networking have no list
// of interfaces [inferred]; their machines are returned without.
func (p *Provider) getVM(ctx context.Context, id cloud.VMID) (cloud.VM, error) {
	vm, err := p.client.GetVM(ctx, id)
	if err != nil {
		return cloud.VM{}, err
	}
	p.offersOf.saw(vm)
	interfaces, err := p.client.ListInterfaces(ctx, id)
	if err != nil && !cloud.IsKind(err, cloud.ErrForbidden) {
		return cloud.VM{}, err
	}
	return p.vm(vm, interfaces), nil
}

// getGPU reads a GPU VM. Where the GPU feature is off, the ID is unknown.
func (p *Provider) getGPU(ctx context.Context, id cloud.VMID) (cloud.VM, error) {
	gpu, err := p.client.GetGPU(ctx, id)
	if cloud.IsKind(err, cloud.ErrForbidden) {
		return cloud.VM{}, p.refuse(cloud.ErrUnknownID, operationGet, "no VM with this ID, and GPCN shows no GPU VMs to this account", "Take the exact ID from list_vms of this account.")
	}
	if err != nil {
		return cloud.VM{}, err
	}
	return p.gpu(gpu), nil
}

// kindOf returns the kind of a machine.
func (p *Provider) kindOf(ctx context.Context, id cloud.VMID) (string, error) {
	if kind := p.kinds.of(id); kind != "" {
		return kind, nil
	}
	vm, err := p.GetVM(ctx, id)
	return vm.Kind, err
}

// machine converts the members that machines of both kinds share, without the price.
func (p *Provider) machine(kind string, id cloud.VMID, name string, status Status, at Place, created Timestamp) cloud.VM {
	clean, altered := cloud.Clean(name, 0)
	return cloud.VM{
		ID: id, Account: p.account, Kind: kind, Name: clean, NameAltered: altered,
		Power: powerState(status), Status: cloud.CleanText(string(status)),
		LocationID: at.ID, CreatedAt: created.Time(),
	}
}

func (p *Provider) vmRow(row VMRow) cloud.VM {
	out := p.machine(vmBlock, row.ID, row.Name, row.Status, row.Datacenter, row.CreatedAt)
	out.VCPUs, out.RAMGB, out.StorageGB = row.Configuration.CPU, row.Configuration.RAM, row.Configuration.Disk
	out.Image = cloud.CleanText(row.ImageName)
	out.PublicIP, out.PrivateIP = optionalText(row.PrimaryPublicIP), optionalText(row.PrimaryPrivateIP)
	out.Price = p.rowPrice()
	return out
}

func (p *Provider) vm(vm VM, interfaces []NetworkInterface) cloud.VM {
	out := p.machine(vmBlock, vm.ID, vm.Name, vm.Status, vm.Datacenter, vm.CreatedAt)
	out.VCPUs, out.RAMGB, out.StorageGB = vm.Configuration.CPU, vm.Configuration.RAM, vm.Configuration.Disk
	out.Image = optionalText(vm.Image)
	out.Username, out.SSHKeyID = optionalText(vm.Username), optional(vm.SSHKeyID)
	out.GroupID = cloud.ResourceGroupID(optional(vm.ResourceGroupID))
	out.OfferID = vm.Configuration.SKUID
	out.Price, out.Rates = p.machinePrices(out.Power, out.OfferID)
	for _, i := range interfaces {
		row := i.translate()
		if row.Primary {
			out.PublicIP, out.PrivateIP = row.PublicIP, row.PrivateIP
		}
		out.Interfaces = append(out.Interfaces, row)
	}
	out.Login = login(out)
	return out
}

// gpuRow converts a row of a GPU VM. That its only address is public is [inferred].
func (p *Provider) gpuRow(row GPURow) cloud.VM {
	out := p.machine(gpuBlock, row.ID, row.Name, row.Status, row.Datacenter, row.CreatedAt)
	out.VCPUs, out.RAMGB, out.StorageGB = row.Configuration.CPU, row.Configuration.RAM, row.Configuration.Disk
	if count := row.Configuration.GPUCount; count != nil {
		out.GPUs = []cloud.GPU{{Model: cloud.CleanText(row.Configuration.Name), Count: *count}}
	}
	out.GPUsUntold = row.Configuration.GPUCount == nil
	out.PublicIP = optionalText(row.IP)
	out.GroupID = cloud.ResourceGroupID(optional(row.ResourceGroupID))
	out.OfferID = cloud.OfferID(row.Configuration.SKUCode)
	out.Price, out.Rates = p.machinePrices(out.Power, out.OfferID)
	return out
}

// gpu converts a GPU VM. It leaves the URL of its Jupyter notebook out, which may
// contain credentials.
func (p *Provider) gpu(gpu GPU) cloud.VM {
	out := p.gpuRow(gpu.GPURow)
	out.Image = optionalText(gpu.Image)
	out.Username, out.SSHKeyID = optionalText(gpu.Username), optional(gpu.SSHKeyID)
	out.Login = login(out)
	return out
}

// powerState maps the vendor's status. A transition between two states, and any status
// that is not known here, is PowerOther.
func powerState(status Status) cloud.PowerState {
	switch {
	case status.Is(StatusRunning):
		return cloud.PowerRunning
	case status.Is(StatusShutoff, StatusStopped):
		return cloud.PowerStopped
	}
	return cloud.PowerOther
}

// login returns how to reach SSH where a key is on record; the port is not documented.
func login(vm cloud.VM) string {
	address, err := netip.ParseAddr(vm.PublicIP)
	if err != nil || vm.SSHKeyID == "" {
		return ""
	}
	return fmt.Sprintf("ssh to %s as username with the key ssh_key_id, as far as GPCN's records are true", address)
}
