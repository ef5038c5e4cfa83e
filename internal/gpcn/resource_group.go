package gpcn

import (
	"context"
	"net/http"
	"net/url"

	"countersign/internal/rest"
)

// groups is the path of the resource groups, which is not under /resource.
const groups = "/resource-groups"

// ResourceGroup gathers resources of a tenant.
type ResourceGroup struct {
	ID          ResourceGroupID `json:"id"`
	Name        string          `json:"name"`
	Description *string         `json:"description"`
	CreatedAt   Timestamp       `json:"createdAt"`
	UpdatedAt   Timestamp       `json:"updatedAt"`
}

// ListResourceGroups returns one page of the tenant's resource groups, by name
// unless sorted otherwise.
//
//api:operation GET /v1/resource-groups
func (c *Client) ListResourceGroups(ctx context.Context, opts ListOptions) (List[ResourceGroup], error) {
	return list[ResourceGroup](ctx, c, "list resource groups", groups, url.Values(opts.query()))
}

// GetResourceGroup reads one group; an unknown ID returns 404.
//
//api:operation GET /v1/resource-groups/{id}
func (c *Client) GetResourceGroup(ctx context.Context, id ResourceGroupID) (ResourceGroup, error) {
	return get[ResourceGroup](ctx, c, "get resource group", groupPath(id), nil)
}

// ResourceGroupSettings are the members of a group that can be set. nil is not sent;
// an empty description clears it.
type ResourceGroupSettings struct {
	Name        string  `json:"name"`
	Description *string `json:"description,omitempty"`
}

// NewResourceGroup is the response of a create.
type NewResourceGroup struct {
	ID ResourceGroupID `json:"resourceGroupId"`
}

// CreateResourceGroup creates a group immediately.
//
//api:operation POST /v1/resource-groups
func (c *Client) CreateResourceGroup(ctx context.Context, group ResourceGroupSettings) (NewResourceGroup, error) {
	return send[NewResourceGroup](ctx, c, "create resource group", http.MethodPost, groups, group)
}

// UpdateResourceGroup changes a group immediately.
//
//api:operation PUT /v1/resource-groups/{id}
func (c *Client) UpdateResourceGroup(ctx context.Context, id ResourceGroupID, group ResourceGroupSettings) error {
	_, err := tell(ctx, c, "update resource group", http.MethodPut, groupPath(id), group)
	return err
}

// DeleteResourceGroup deletes a group immediately. The effect on its resources is not
// documented.
//
//api:operation DELETE /v1/resource-groups/{id}
func (c *Client) DeleteResourceGroup(ctx context.Context, id ResourceGroupID) error {
	_, err := tell(ctx, c, "delete resource group", http.MethodDelete, groupPath(id), nil)
	return err
}

func groupPath(id ResourceGroupID) string { return groups + "/" + rest.ID(id) }
