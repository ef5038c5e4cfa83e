package tools

import (
	"context"
	"strconv"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

// networkSet is the toolset of networks and network interfaces.
const networkSet = "networks"

// networkKind is the kind of a network in results and plans.
const networkKind = "network"

type listNetworksInput struct {
	Account cloud.AccountName `json:"account,omitempty" jsonschema_description:"Only this account."`
	tool.Page
}

type listNetworksOutput struct {
	Networks   []cloud.Network `json:"networks" jsonschema_description:"Networks."`
	NextCursor string          `json:"next_cursor,omitempty" jsonschema_description:"cursor of the next page."`
	Failures   []tool.Failure  `json:"failures,omitempty" jsonschema_description:"Accounts that could not be read."`
}

func listNetworks(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.NetworkLister](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "list_networks",
		Title:       "List networks",
		Description: "List the private networks that create_vm can put a machine on, with exact IDs.",
		Schema:      anyAccount(accounts),
	}, func(ctx context.Context, in listNetworksInput) (listNetworksOutput, error) {
		got, err := gather(ctx, accounts, in.Account, in.Page,
			func(ctx context.Context, a cloud.Capable[cloud.NetworkLister], page cloud.PageRequest) (cloud.Page[cloud.Network], []string, error) {
				p, err := sighted(a.Cloud.ListNetworks, networkSighting)(ctx, page)
				return p, nil, err
			})
		return listNetworksOutput{got.rows, got.next, got.failures}, err
	})
}

// networkRef identifies one network by its exact ID.
type networkRef struct {
	Account   cloud.AccountName `json:"account" jsonschema_description:"Its account."`
	NetworkID cloud.NetworkID   `json:"network_id" jsonschema_description:"Exact ID from list_networks, never a name."`
}

func (r networkRef) account() cloud.AccountName { return r.Account }

func getNetwork(env Env) *tool.Definition {
	accounts := cloud.Having[cloud.NetworkReader](env.Accounts)
	if len(accounts) == 0 {
		return nil
	}
	return tool.NewRead(tool.Spec{
		Name:        "get_network",
		Title:       "Get network",
		Description: "Read one network: addresses, what it gives out, name servers, and the machines on it.",
		Toolset:     networkSet,
		Schema:      []schema.Option{schema.Enum("account", names(accounts)...)},
	}, func(ctx context.Context, in networkRef) (cloud.NetworkDetail, error) {
		c, err := find(accounts, in.Account)
		if err != nil {
			return cloud.NetworkDetail{}, err
		}
		return earnNetwork(ctx, c, in.NetworkID)
	})
}

// earnNetwork reads a network by its exact ID. An unknown ID is an error that names
// likely candidates; a name is never resolved.
func earnNetwork(ctx context.Context, c cloud.NetworkReader, id cloud.NetworkID) (cloud.NetworkDetail, error) {
	get := sightedOne(c.GetNetwork, func(n cloud.NetworkDetail) tool.Sighting { return networkSighting(n.Network) })
	network, err := earn(ctx, id, get, c.ListNetworks, networkSighting, "network", "list_networks")
	seeMachines(ctx, network)
	return network, err
}

// networkTarget returns a network as the target of a plan.
func networkTarget(n cloud.NetworkDetail) tool.Target {
	t := tool.Target{Kind: networkKind, ID: string(n.ID), Name: n.Name, NameAltered: n.NameAltered, Location: string(n.LocationID)}
	for _, f := range []cloud.Fact{{Label: "network_type", Value: n.Type}, {Label: "cidr", Value: n.CIDR}} {
		if f.Value != "" {
			t.Facts = append(t.Facts, f)
		}
	}
	t.Facts = append(t.Facts, cloud.Fact{Label: "machines", Value: strconv.Itoa(len(n.VMs))})
	return t
}

func madeNetwork(id string) []tool.MadeID { return []tool.MadeID{{Kind: networkKind, ID: id}} }
