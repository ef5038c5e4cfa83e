package gpcn

import (
	"context"

	"countersign/internal/cloud"
)

var _ cloud.NetworkLister = (*Provider)(nil)

const operationNetworks = "list networks"

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
