package gpcn

import (
	"context"

	"countersign/internal/cloud"
)

var _ cloud.ResourceGroupLister = (*Provider)(nil)

const operationGroups = "list resource groups"

// ListResourceGroups lists the tenant's resource groups.
func (p *Provider) ListResourceGroups(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.ResourceGroup], error) {
	rows, err := listPage(ctx, p, operationGroups, page, p.client.ListResourceGroups)
	return cloud.MapPage(rows, p.resourceGroup), err
}

// confirmGroup finds a resource group by its exact ID.
func (p *Provider) confirmGroup(ctx context.Context, operation string, id cloud.ResourceGroupID) (ResourceGroup, error) {
	all, err := everything(ctx, p, operationGroups, p.client.ListResourceGroups)
	if err != nil {
		return ResourceGroup{}, err
	}
	want := lookup{operation, "resource_group_id", string(id), "resource group of this account", "list_resource_groups"}
	return confirm(p, want, all, func(g ResourceGroup) cloud.Candidate { return cloud.Candidate{ID: string(g.ID), Name: g.Name} })
}

func (p *Provider) resourceGroup(g ResourceGroup) cloud.ResourceGroup {
	return cloud.ResourceGroup{
		ID: cloud.ResourceGroupID(g.ID), Account: p.account, Name: cloud.CleanText(g.Name), Description: optionalText(g.Description),
	}
}
