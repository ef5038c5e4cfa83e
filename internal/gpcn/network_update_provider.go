package gpcn

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"countersign/internal/cloud"
)

var (
	_ cloud.NetworkUpdater = (*Provider)(nil)
	_ cloud.NetworkDeleter = (*Provider)(nil)
)

const (
	operationUpdateNetwork = "update network"
	operationDeleteNetwork = "delete network"
)

// PlanNetworkUpdate checks an update against the rules of a network, and returns
// which of its effects are not documented.
func (p *Provider) PlanNetworkUpdate(ctx context.Context, n cloud.NetworkDetail, u cloud.NetworkUpdate) ([]string, error) {
	problems := checkNetworkUpdate(u, n.CIDR)
	if u.CIDR != nil && u.DHCPRange == nil && len(problems) == 0 {
		problems = checkPools(n.DHCPRanges, *u.CIDR)
	}
	if err := p.invalid(operationUpdateNetwork, problems); err != nil {
		return nil, err
	}
	if u.Name != nil && *u.Name != n.Name {
		if err := p.checkNetworkName(ctx, operationUpdateNetwork, *u.Name, n.ID); err != nil {
			return nil, err
		}
	}
	out := []string{"That what this call leaves out stays as it is, is not documented; get_network shows it afterwards, as far as GPCN tells it."}
	if !u.OnlyRecords() {
		out = append(out, "When and how machines on the network learn of it is not documented: they may lose their addresses or their way out until they ask again.")
	}
	return out, nil
}

// checkPools checks that the present DHCP ranges are within a new CIDR.
func checkPools(ranges []cloud.AddressRange, cidr string) []cloud.Issue {
	prefix, _ := readCIDR(cidr) // checked before
	outside := func(text string) bool {
		address, err := netip.ParseAddr(text)
		return err == nil && !prefix.Contains(address)
	}
	if slices.ContainsFunc(ranges, func(r cloud.AddressRange) bool { return outside(r.First) || outside(r.Last) }) {
		return []cloud.Issue{{Field: "cidr", Message: "what DHCP gives out now lies outside; give dhcp_start and dhcp_end too"}}
	}
	return nil
}

// UpdateNetwork changes the fields of the update only. An unchanged name is sent too.
func (p *Provider) UpdateNetwork(ctx context.Context, id cloud.NetworkID, u cloud.NetworkUpdate) error {
	_, err := cloud.ByUUID(p.account, operationUpdateNetwork, id, func(id cloud.NetworkID) (struct{}, error) {
		body := NetworkUpdate{Name: optional(u.Name), NetworkSettings: networkSettings(u)}
		if u.Name == nil {
			now, err := p.client.GetNetwork(ctx, NetworkID(id))
			if err != nil {
				return struct{}{}, err
			}
			body.Name = now.Name
		}
		return struct{}{}, p.client.UpdateNetwork(ctx, NetworkID(id), body)
	})
	return err
}

// PlanNetworkDeletion refuses a network with machines on it, as GPCN does. Where its
// count and its list disagree, the network counts as in use.
func (p *Provider) PlanNetworkDeletion(_ context.Context, n cloud.NetworkDetail) ([]string, error) {
	counted := n.Connected != nil && *n.Connected > 0
	if len(n.VMs) == 0 && !counted {
		return []string{
			"The network and its addresses are gone for ever; this cannot be undone.",
			"GPCN refuses it where a machine has joined the network meanwhile.",
		}, nil
	}
	e := p.refuse(cloud.ErrBlocked, operationDeleteNetwork, fmt.Sprintf("there are machines on the network, %d that GPCN lists; nothing was sent", len(n.VMs)),
		"Tell the user which machines issues names. Each has to leave the network first: update_vm_interfaces with action detach.")
	for _, vm := range n.VMs {
		e.Issues = append(e.Issues, cloud.Issue{Field: "vm " + string(vm.ID), Message: vm.Name})
	}
	return nil, e
}

// DeleteNetwork starts the deletion of a network and returns the job.
func (p *Provider) DeleteNetwork(ctx context.Context, id cloud.NetworkID) (cloud.Accepted, error) {
	return cloud.ByUUID(p.account, operationDeleteNetwork, id, func(id cloud.NetworkID) (cloud.Accepted, error) {
		job, err := p.client.DeleteNetwork(ctx, NetworkID(id))
		if err != nil {
			return cloud.Accepted{}, err
		}
		return accepted(job), nil
	})
}
