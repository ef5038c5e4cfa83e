package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type listOffersInput struct {
	Account     cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	OfferID     cloud.OfferID     `json:"offer_id,omitempty" jsonschema_description:"Only this offer. Needs account."`
	HostNodeID  cloud.HostNodeID  `json:"host_node_id,omitempty" jsonschema_description:"Instead of offers: unit prices of this host. Needs account."`
	LocationID  cloud.LocationID  `json:"location_id,omitempty" jsonschema_description:"Only offers that can be had at this location now."`
	VCPUs       int               `json:"vcpus,omitempty" jsonschema:"minimum=1,maximum=1024" jsonschema_description:"Size to price, where a cloud sells by the unit."`
	RAMGB       int               `json:"ram_gb,omitempty" jsonschema:"minimum=1,maximum=16384" jsonschema_description:"Likewise."`
	StorageGB   int               `json:"storage_gb,omitempty" jsonschema:"minimum=1,maximum=1000000" jsonschema_description:"Likewise."`
	InStockOnly bool              `json:"in_stock_only,omitempty" jsonschema_description:"Leave out what is known to be sold out."`
	tool.Page
}

func (in listOffersInput) query() cloud.OfferQuery {
	return cloud.OfferQuery{
		LocationID: in.LocationID,
		Size:       cloud.MachineSize{VCPUs: in.VCPUs, RAMGB: in.RAMGB, StorageGB: in.StorageGB},
	}
}

type listOffersOutput struct {
	Offers     []cloud.Offer     `json:"offers" jsonschema_description:"Offers."`
	UnitPrices []cloud.UnitPrice `json:"unit_prices,omitempty" jsonschema_description:"Prices of the host that was asked for."`
	NextCursor string            `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Failures   []tool.Failure    `json:"failures,omitempty" jsonschema_description:"Accounts or lists that could not be read."`
}

func listOffers(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.OfferLister](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	hosts := cloud.Having[cloud.HostNodeReader](env.Accounts)
	return tool.NewRead(tool.Spec{
		Name:        "list_offers",
		Title:       "List offers and prices",
		Description: "List what create_vm can be given: exact IDs, hardware, price per hour and 30 days, stock. What is unknown or assumed about a price is said.",
		Schema:      anyAccount(accounts),
	}, func(ctx context.Context, in listOffersInput) (listOffersOutput, error) {
		switch {
		case in.HostNodeID != "":
			return oneHost(ctx, hosts, in)
		case in.OfferID != "":
			return oneOffer(ctx, accounts, in)
		}
		var closed []tool.Failure
		got, err := gather(ctx, accounts, in.Account, in.Page,
			func(ctx context.Context, a cloud.Capable[cloud.OfferLister], page cloud.PageRequest) (cloud.Page[cloud.Offer], []string, error) {
				p, err := a.Cloud.ListOffers(ctx, in.query(), page)
				p.Items = keep(p.Items, in)
				closed = append(closed, closedLists(a.Account, p.Closed)...)
				return p.Page, p.Partial, err
			})
		got.addFailures(closed)
		return listOffersOutput{Offers: got.rows, NextCursor: got.next, Failures: got.failures}, err
	})
}

// closedLists describes the lists that the account may not read, one line each.
func closedLists(account cloud.AccountName, closed []string) []tool.Failure {
	var out []tool.Failure
	for _, message := range closed {
		out = append(out, tool.Failure{
			Account: string(account), Code: string(cloud.ErrForbidden), Message: message + " Repeating the call does not help.",
		})
	}
	return out
}

func keep(offers []cloud.Offer, in listOffersInput) []cloud.Offer {
	kept := make([]cloud.Offer, 0, len(offers))
	for _, o := range offers {
		if in.InStockOnly && o.InStock != nil && !*o.InStock {
			continue
		}
		if in.LocationID != "" && !stockedAt(o, in.LocationID) {
			continue
		}
		kept = append(kept, o)
	}
	return kept
}

func stockedAt(o cloud.Offer, at cloud.LocationID) bool {
	for _, s := range o.Stock {
		if s.LocationID == at && (s.Available == nil || *s.Available > 0) {
			return true
		}
	}
	return false
}

func oneOffer(ctx context.Context, accounts []cloud.Capable[cloud.OfferLister], in listOffersInput) (listOffersOutput, error) {
	c, err := oneAccount(accounts, in.Account, "offer_id")
	if err != nil {
		return listOffersOutput{}, err
	}
	offer, err := c.GetOffer(ctx, in.OfferID)
	return listOffersOutput{Offers: []cloud.Offer{offer}}, err
}

func oneHost(ctx context.Context, hosts []cloud.Capable[cloud.HostNodeReader], in listOffersInput) (listOffersOutput, error) {
	c, err := oneAccount(hosts, in.Account, "host_node_id")
	if err != nil {
		return listOffersOutput{}, err
	}
	host, err := c.GetHostNode(ctx, in.HostNodeID)
	return listOffersOutput{Offers: []cloud.Offer{}, UnitPrices: host.Prices}, err
}
