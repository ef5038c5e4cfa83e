package gpcn

import (
	"context"
	"strconv"

	"countersign/internal/cloud"
)

var _ cloud.NetworkReader = (*Provider)(nil)

const (
	operationNetworks   = "list networks"
	operationGetNetwork = "get network"
)

// ListNetworks lists the tenant's networks.
func (p *Provider) ListNetworks(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.Network], error) {
	rows, err := listPage(ctx, p, operationNetworks, page, p.networkPage)
	return cloud.MapPage(rows, p.network), err
}

func (p *Provider) networkPage(ctx context.Context, opts ListOptions) (List[Network], error) {
	return p.client.ListNetworks(ctx, NetworkFilter{ListOptions: opts})
}

func (p *Provider) allNetworks(ctx context.Context) ([]Network, error) {
	return everything(ctx, p, operationNetworks, p.networkPage)
}

func (p *Provider) network(n Network) cloud.Network {
	return cloud.Network{
		ID: cloud.NetworkID(n.ID), Account: p.account, Name: cloud.CleanText(n.Name), Type: cloud.CleanText(string(n.NetworkType)),
		LocationID: n.Datacenter.ID, CIDR: cloud.CleanText(n.CIDRBlock),
	}
}

// GetNetwork reads a network and the VMs on it.
func (p *Provider) GetNetwork(ctx context.Context, id cloud.NetworkID) (cloud.NetworkDetail, error) {
	return cloud.ByUUID(p.account, operationGetNetwork, id, func(id cloud.NetworkID) (cloud.NetworkDetail, error) {
		n, err := p.client.GetNetwork(ctx, NetworkID(id))
		if err != nil {
			return cloud.NetworkDetail{}, err
		}
		if err := cloud.SameID(p.account, operationGetNetwork, id, cloud.NetworkID(n.ID)); err != nil {
			return cloud.NetworkDetail{}, err
		}
		vms, err := p.client.ListNetworkVMs(ctx, NetworkID(id))
		if err != nil {
			return cloud.NetworkDetail{}, err
		}
		return p.networkDetail(n, vms), nil
	})
}

func (p *Provider) networkDetail(n Network, vms []NetworkVM) cloud.NetworkDetail {
	out := cloud.NetworkDetail{
		Network: p.network(n), Description: optionalText(n.Description), Gateway: cloud.CleanText(n.GatewayIP),
		VMs: []cloud.NetworkVM{}, CreatedAt: n.CreatedAt.Time(),
	}
	out.Name, out.NameAltered = cloud.Clean(n.Name, 0)
	if snat, err := strconv.ParseBool(n.SNAT); err == nil {
		out.SNAT = &snat
	}
	if connected, err := strconv.Atoi(n.ConnectedVMs); err == nil {
		out.Connected = &connected
	}
	for _, pool := range n.AllocationPools {
		out.DHCPRanges = append(out.DHCPRanges, cloud.AddressRange{First: cloud.CleanText(pool.Start), Last: cloud.CleanText(pool.End)})
	}
	for _, server := range splitServers(n.DNSNameservers) {
		out.DNSServers = append(out.DNSServers, cloud.CleanText(server))
	}
	for _, vm := range vms {
		out.VMs = append(out.VMs, cloud.NetworkVM{
			ID: vm.ID, Name: cloud.CleanText(vm.Name), PrivateIP: cloud.CleanText(vm.PrivateIP), PublicIP: cloud.CleanText(vm.PublicIP),
		})
	}
	return out
}
