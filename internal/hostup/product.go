package hostup

import (
	"context"
	"encoding/json"

	"countersign/internal/cloud"
)

// MaxProductPage is the largest number of plans per page, by page
// "get-v2-products-vps".
const MaxProductPage = 100

// Product is a plan with a fixed price per cycle. It is ordered by its slug.
type Product struct {
	ID        cloud.OfferID    `json:"id"`
	Slug      string           `json:"slug"`
	Tier      string           `json:"tier"`
	Name      string           `json:"name"`
	Resources Resources        `json:"resources"`
	Bandwidth ProductBandwidth `json:"bandwidth"`
	Billing   ProductBilling   `json:"billing"`
	// BillingCycles are the prices of the cycles; no source shows their shape.
	BillingCycles json.RawMessage `json:"billingCycles,omitempty"`
	// Available is true where it can be ordered; nil where it is not sent.
	Available *bool `json:"available,omitempty"`
}

// ProductBandwidth is the traffic that a plan includes per month.
type ProductBandwidth struct {
	LimitGB Number `json:"limitGb"`
}

// ProductBilling is the price for the default cycle.
type ProductBilling struct {
	Amount       Number  `json:"amount"`
	CurrencyCode string  `json:"currencyCode"`
	BillingCycle *string `json:"billingCycle,omitempty"`
}

// ProductList is one page of plans.
type ProductList = List[Product]

// ProductQuery narrows the list of plans; zero values are not sent.
type ProductQuery struct {
	// Limit is 1 to MaxProductPage; the default is 20.
	Limit int
	// Cursor is the NextCursor of the page before.
	Cursor string
	// Locale is en or sv; any other means English.
	Locale string
}

// ListProducts returns one page of the fixed-cycle plans. It needs no authentication;
// the vendor ignores the key. Page: "get-v2-products-vps" (response head).
//
//api:operation GET /api/v2/products/vps
func (c *Client) ListProducts(ctx context.Context, q ProductQuery) (ProductList, error) {
	query := listQuery(q.Limit, q.Cursor)
	setUnlessEmpty(query, "locale", q.Locale)
	return get[ProductList](ctx, c, call{name: "list VPS products", about: aboutAccount}, "/api/v2/products/vps", query)
}
