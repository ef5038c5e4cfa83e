package gpcn

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"countersign/internal/cloud"
)

var _ cloud.ResourceGroupManager = (*Provider)(nil)

const (
	operationGroups     = "list resource groups"
	operationGetGroup   = "get resource group"
	operationGroup      = "change resource group"
	maxGroupName        = 64
	maxGroupDescription = 255
)

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

// GetResourceGroup reads one group.
func (p *Provider) GetResourceGroup(ctx context.Context, id cloud.ResourceGroupID) (cloud.ResourceGroupDetail, error) {
	return cloud.ByUUID(p.account, operationGetGroup, id, func(id cloud.ResourceGroupID) (cloud.ResourceGroupDetail, error) {
		g, err := p.client.GetResourceGroup(ctx, ResourceGroupID(id))
		if err != nil {
			return cloud.ResourceGroupDetail{}, err
		}
		if err := cloud.SameID(p.account, operationGetGroup, id, cloud.ResourceGroupID(g.ID)); err != nil {
			return cloud.ResourceGroupDetail{}, err
		}
		out := cloud.ResourceGroupDetail{ResourceGroup: p.resourceGroup(g), CreatedAt: g.CreatedAt.Time(), UpdatedAt: g.UpdatedAt.Time()}
		out.Name, out.NameAltered = cloud.Clean(g.Name, 0)
		return out, nil
	})
}

// CheckResourceGroup checks the lengths of name and description.
func (p *Provider) CheckResourceGroup(u cloud.ResourceGroupUpdate) error {
	var problems []cloud.Issue
	if u.Name != nil {
		if _, altered := cloud.Clean(*u.Name, 0); altered || *u.Name == "" || utf8.RuneCountInString(*u.Name) > maxGroupName {
			problems = append(problems, cloud.Issue{Field: "name", Message: fmt.Sprintf("must have 1 to %d visible characters", maxGroupName)})
		}
	}
	if u.Description != nil && utf8.RuneCountInString(*u.Description) > maxGroupDescription {
		problems = append(problems, cloud.Issue{Field: "description", Message: fmt.Sprintf("must have at most %d characters", maxGroupDescription)})
	}
	return p.invalid(operationGroup, problems)
}

// CreateResourceGroup makes a group.
func (p *Provider) CreateResourceGroup(ctx context.Context, name, description string) (cloud.ResourceGroupID, error) {
	made, err := p.client.CreateResourceGroup(ctx, ResourceGroupSettings{Name: name, Description: pointed(description)})
	if err == nil && made.ID == "" {
		e := p.refuse(cloud.ErrUnavailable, operationGroup, "the cloud answered and did not say which group it made", "Look for it with list_resource_groups.")
		e.Ambiguous = true
		return "", e
	}
	return cloud.ResourceGroupID(made.ID), err
}

// UpdateResourceGroup changes a group. It is not documented that omitted members stay
// unchanged, so all known members are sent along with the changes.
func (p *Provider) UpdateResourceGroup(ctx context.Context, id cloud.ResourceGroupID, u cloud.ResourceGroupUpdate) error {
	_, err := cloud.ByUUID(p.account, operationGroup, id, func(id cloud.ResourceGroupID) (struct{}, error) {
		now, err := p.client.GetResourceGroup(ctx, ResourceGroupID(id))
		if err != nil {
			return struct{}{}, err
		}
		settings := ResourceGroupSettings{Name: now.Name, Description: now.Description}
		if u.Name != nil {
			settings.Name = *u.Name
		}
		if u.Description != nil {
			settings.Description = u.Description
		}
		return struct{}{}, p.client.UpdateResourceGroup(ctx, ResourceGroupID(id), settings)
	})
	return err
}

// DeleteResourceGroup ends a group.
func (p *Provider) DeleteResourceGroup(ctx context.Context, id cloud.ResourceGroupID) error {
	_, err := cloud.ByUUID(p.account, operationGroup, id, func(id cloud.ResourceGroupID) (struct{}, error) {
		return struct{}{}, p.client.DeleteResourceGroup(ctx, ResourceGroupID(id))
	})
	return err
}

// FindResourceGroup looks for a new group with exactly that name.
func (p *Provider) FindResourceGroup(ctx context.Context, search cloud.NameSearch) (cloud.NameFound, error) {
	all, err := everything(ctx, p, operationGroups, p.client.ListResourceGroups)
	if err != nil {
		return cloud.NameFound{}, err
	}
	return foundByName(search, all, func(g ResourceGroup) (string, string, *time.Time) { return string(g.ID), g.Name, g.CreatedAt.Time() }), nil
}
