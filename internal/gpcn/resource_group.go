package gpcn

import (
	"context"
	"net/url"
)

// ResourceGroup gathers resources of a tenant.
type ResourceGroup struct {
	ID          ResourceGroupID `json:"id"`
	Name        string          `json:"name"`
	Description *string         `json:"description"`
	CreatedAt   Timestamp       `json:"createdAt"`
	UpdatedAt   Timestamp       `json:"updatedAt"`
}

// ListResourceGroups returns one page of the tenant's resource groups, by name
// unless sorted otherwise. The path is not under /resource.
//
//api:operation GET /v1/resource-groups
func (c *Client) ListResourceGroups(ctx context.Context, opts ListOptions) (List[ResourceGroup], error) {
	return list[ResourceGroup](ctx, c, "list resource groups", "/resource-groups", url.Values(opts.query()))
}
