package gpcn

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"countersign/internal/cloud"
)

var _ cloud.NetworkMaker = (*Provider)(nil)

const operationCreateNetwork = "create network"

// PlanNetwork checks a network and returns what would be made. It confirms that the
// data center is open to this account and that the name is free.
func (p *Provider) PlanNetwork(ctx context.Context, spec cloud.NetworkSpec) (cloud.NetworkPlan, error) {
	if err := p.invalid(operationCreateNetwork, checkNetworkSpec(spec)); err != nil {
		return cloud.NetworkPlan{}, err
	}
	at, err := p.confirmDataCenter(ctx, operationCreateNetwork, "location_id", spec.LocationID)
	if err != nil {
		return cloud.NetworkPlan{}, err
	}
	if err := p.checkNetworkName(ctx, operationCreateNetwork, *spec.Name, ""); err != nil {
		return cloud.NetworkPlan{}, err
	}
	unnamed := networkBody(spec)
	unnamed.Name = ""
	canonical, err := json.Marshal(unnamed)
	if err != nil {
		return cloud.NetworkPlan{}, fmt.Errorf("digest of a network: %w", err)
	}
	return cloud.NetworkPlan{Facts: networkFacts(spec, at), Consequences: networkConsequences(spec), Equal: "gpcn_network:" + string(canonical)}, nil
}

// checkNetworkName refuses a name that another network has: they are unique.
func (p *Provider) checkNetworkName(ctx context.Context, operation, name string, but cloud.NetworkID) error {
	all, err := p.allNetworks(ctx)
	if err != nil {
		return err
	}
	for _, n := range all {
		if n.Name == name && cloud.NetworkID(n.ID) != but {
			e := p.refuse(cloud.ErrBlocked, operation, "another network of this account has this name; nothing was sent", "Choose another name: GPCN's networks have names of their own.")
			e.Candidates = []cloud.Candidate{{ID: string(n.ID), Name: cloud.CleanText(n.Name)}}
			return e
		}
	}
	return nil
}

// networkBody returns the request that makes a network. Fields that the spec leaves
// out get the defaults of the vendor's Terraform provider: everything on for standard
// networks, everything off for custom ones.
func networkBody(spec cloud.NetworkSpec) NetworkCreate {
	standard := NetworkType(spec.Type) == NetworkStandard
	body := NetworkCreate{
		Name: optional(spec.Name), DatacenterID: spec.LocationID, NetworkType: NetworkType(spec.Type),
		NetworkSettings: networkSettings(spec.NetworkUpdate),
	}
	if standard {
		body.SNATEnabled = chosen(spec.SNAT, true)
	}
	body.DHCPServerEnabled = chosen(spec.DHCP, standard || spec.DHCPRange != nil)
	body.DefaultRouteEnabled = chosen(spec.DefaultRoute, standard || spec.Router != nil)
	body.ServeDNSServersEnabled = chosen(spec.ServeDNS, standard || spec.DNSServers != nil)
	return body
}

// chosen returns a flag as given, or its default.
func chosen(given *bool, otherwise bool) *bool {
	if given != nil {
		return given
	}
	return &otherwise
}

// networkSettings returns only the settings that are given.
func networkSettings(u cloud.NetworkUpdate) NetworkSettings {
	out := NetworkSettings{
		Description: u.Description, CIDRBlock: u.CIDR, DHCPServerEnabled: u.DHCP,
		DefaultRouteEnabled: u.DefaultRoute, DefaultRoute: u.Router, ServeDNSServersEnabled: u.ServeDNS,
	}
	if u.DHCPRange != nil {
		out.DHCPStartAddress, out.DHCPEndAddress = &u.DHCPRange.First, &u.DHCPRange.Last
	}
	if u.DNSServers != nil {
		out.DNSServers = *u.DNSServers
	}
	return out
}

func networkFacts(spec cloud.NetworkSpec, at DataCenter) []cloud.Fact {
	body := networkBody(spec)
	var out facts
	out.add("network_type", spec.Type)
	out.addNamed("location_id", string(at.ID), at.Name)
	out.add("description", cloud.CleanText(optional(spec.Description)))
	out.add("cidr", optional(spec.CIDR))
	for _, flag := range []struct {
		label string
		on    *bool
	}{
		{"snat", body.SNATEnabled}, {"dhcp", body.DHCPServerEnabled},
		{"default_route", body.DefaultRouteEnabled}, {"serve_dns", body.ServeDNSServersEnabled},
	} {
		if flag.on != nil {
			out.add(flag.label, strconv.FormatBool(*flag.on))
		}
	}
	if spec.DHCPRange != nil {
		out.add("dhcp_range", spec.DHCPRange.String())
	}
	out.add("default_route_via", optional(spec.Router))
	out.add("dns_servers", strings.Join(body.DNSServers, ", "))
	return out
}

func networkConsequences(spec cloud.NetworkSpec) []string {
	out := []string{"That a network costs nothing is not documented; GPCN publishes no price of one."}
	if NetworkType(spec.Type) == NetworkCustom {
		out = append(out, "A machine whose primary network is a custom one cannot be given a public address on it.")
	}
	return out
}

// CreateNetwork starts the creation of a network. The request has no field for a
// marker.
func (p *Provider) CreateNetwork(ctx context.Context, spec cloud.NetworkSpec) (cloud.MadeNetwork, error) {
	job, err := p.client.CreateNetwork(ctx, networkBody(spec))
	if err != nil {
		return cloud.MadeNetwork{}, err
	}
	return cloud.MadeNetwork{ID: cloud.NetworkID(optional(job.ResourceID)), Accepted: accepted(job)}, nil
}

// FindNetwork looks for a new network with exactly that name.
func (p *Provider) FindNetwork(ctx context.Context, search cloud.NameSearch) (cloud.NameFound, error) {
	all, err := p.allNetworks(ctx)
	if err != nil {
		return cloud.NameFound{}, err
	}
	return foundByName(search, all, func(n Network) (string, string, *time.Time) { return string(n.ID), n.Name, n.CreatedAt.Time() }), nil
}

// foundByName returns which of the rows a create made whose response was lost. The
// only one of its name that was created since is certain; one without a creation
// time is only possible.
func foundByName[T any](search cloud.NameSearch, rows []T, row func(T) (id, name string, created *time.Time)) cloud.NameFound {
	var found cloud.NameFound
	certain := true
	for _, r := range rows {
		id, name, created := row(r)
		age := cloud.RecencyOf(created, search.Since)
		if name != search.Name || age == cloud.TooOld {
			continue
		}
		if age == cloud.Fresh {
			certain = certain && found.ID == ""
			found.ID = id
		}
		certain = certain && created != nil
		found.Possible = append(found.Possible, cloud.Candidate{ID: id, Name: cloud.CleanText(name)})
	}
	switch {
	case !certain:
		found.ID = ""
	case found.ID != "":
		found.Possible = nil
	}
	return found
}
