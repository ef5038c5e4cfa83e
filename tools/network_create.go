package tools

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// networkSettings are the settings that create_network and update_network share.
type networkSettings struct {
	Description     string   `json:"description,omitempty" jsonschema:"minLength=1,maxLength=255" jsonschema_description:"What it is for."`
	CIDR            string   `json:"cidr,omitempty" jsonschema:"maxLength=18" jsonschema_description:"IPv4 addresses at their network address, such as 10.20.0.0/24."`
	DHCP            *bool    `json:"dhcp,omitempty" jsonschema_description:"Whether it gives out addresses."`
	DHCPStart       string   `json:"dhcp_start,omitempty" jsonschema:"maxLength=15" jsonschema_description:"First address that it gives out; with dhcp_end."`
	DHCPEnd         string   `json:"dhcp_end,omitempty" jsonschema:"maxLength=15" jsonschema_description:"Last address that it gives out; with dhcp_start."`
	DefaultRoute    *bool    `json:"default_route,omitempty" jsonschema_description:"Whether machines leave by it."`
	DefaultRouteVia string   `json:"default_route_via,omitempty" jsonschema:"maxLength=15" jsonschema_description:"Address of the router."`
	ServeDNS        *bool    `json:"serve_dns,omitempty" jsonschema_description:"Whether it tells machines name servers."`
	DNSServers      []string `json:"dns_servers,omitempty" jsonschema:"minItems=1,maxItems=10,maxLength=15" jsonschema_description:"Name servers, IPv4; replaces all."`
}

// update returns the settings that are given.
func (s networkSettings) update() cloud.NetworkUpdate {
	u := cloud.NetworkUpdate{DHCP: s.DHCP, DefaultRoute: s.DefaultRoute, ServeDNS: s.ServeDNS}
	given(&u.Description, s.Description)
	given(&u.CIDR, s.CIDR)
	given(&u.Router, s.DefaultRouteVia)
	if s.DHCPStart != "" || s.DHCPEnd != "" {
		u.DHCPRange = &cloud.AddressRange{First: s.DHCPStart, Last: s.DHCPEnd}
	}
	if len(s.DNSServers) > 0 {
		u.DNSServers = &s.DNSServers
	}
	return u
}

type createNetworkInput struct {
	Account    cloud.AccountName `json:"account" jsonschema_description:"The account to create it in."`
	Name       string            `json:"name" jsonschema:"minLength=1,maxLength=255" jsonschema_description:"Name that no other network has."`
	LocationID cloud.LocationID  `json:"location_id" jsonschema_description:"Exact ID from list_locations."`
	Type       string            `json:"network_type" jsonschema:"enum=standard,enum=custom" jsonschema_description:"standard: routed, with public addresses; custom: a bare link between machines."`
	SNAT       *bool             `json:"snat,omitempty" jsonschema_description:"Whether machines reach the internet through it; standard only."`
	networkSettings
}

func (in createNetworkInput) account() cloud.AccountName { return in.Account }

func (in createNetworkInput) spec() cloud.NetworkSpec {
	spec := cloud.NetworkSpec{LocationID: in.LocationID, Type: in.Type, SNAT: in.SNAT, NetworkUpdate: in.update()}
	spec.Name = &in.Name
	return spec
}

func createNetwork(env Env) *tool.Definition {
	return write[cloud.NetworkMaker, createNetworkInput]{kind: networkKind, plan: planCreateNetwork, settle: settleCreateNetwork,
		execute: func(ctx context.Context, c cloud.NetworkMaker, in createNetworkInput, _ tool.Run) (tool.Made, error) {
			network, err := c.CreateNetwork(ctx, in.spec())
			made := tool.Made{Summary: fmt.Sprintf("%s has begun to create a network; wait_operation waits for it.", in.Account), Jobs: network.Jobs}
			if network.ID != "" {
				made.IDs = madeNetwork(string(network.ID))
			}
			return made, err
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "create_network",
		Title:       "Create network",
		Description: "Create a private network. What is not given is on for a standard network and off for a custom one. A lost answer never makes a second network.",
		Toolset:     networkSet,
		Effect:      tool.Bill,
	})
}

func planCreateNetwork(ctx context.Context, c cloud.NetworkMaker, in createNetworkInput) (tool.Plan, error) {
	made, err := c.PlanNetwork(ctx, in.spec())
	if err != nil {
		return tool.Plan{}, err
	}
	return tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Create a network on %s.", in.Account),
		Effects:      []tool.Effect{tool.Bill},
		Cost:         &tool.Cost{After: cloud.UnknownPrice("no price of a network is known")},
		Facts:        append(nameFacts([]string{in.Name}), made.Facts...),
		Consequences: made.Consequences,
		Equal:        made.Equal,
		MadeKind:     networkKind,
		Location:     string(in.LocationID),
		MadeNames:    []string{in.Name},
	}, nil
}

func settleCreateNetwork(ctx context.Context, c cloud.NetworkMaker, intent tool.Intent) (tool.Settlement, error) {
	found, err := c.FindNetwork(ctx, cloud.NameSearch{Name: intent.Plan.MadeNames[0], Since: intent.SentAt})
	return settleNamed(found, tool.Made{
		Summary: fmt.Sprintf("Created network %s on %s.", found.ID, intent.Plan.Account),
		IDs:     madeNetwork(found.ID),
	}, "networks"), err
}
