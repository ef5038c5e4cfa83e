package tools

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type updateNetworkInput struct {
	networkRef
	Name             string `json:"name,omitempty" jsonschema:"minLength=1,maxLength=255" jsonschema_description:"New name, that no other network has."`
	ClearDescription bool   `json:"clear_description,omitempty" jsonschema_description:"Remove the description."`
	networkSettings
}

// wanted returns the update that the input describes.
func (in updateNetworkInput) wanted() cloud.NetworkUpdate {
	u := in.update()
	given(&u.Name, in.Name)
	givenOrCleared(&u.Description, in.Description, in.ClearDescription)
	return u
}

// check rejects an input that changes nothing or contradicts itself.
func (in updateNetworkInput) check() error {
	if in.wanted() == (cloud.NetworkUpdate{}) {
		return nothingToChange("Give at least one of the fields beside account and network_id.")
	}
	return notBoth("description", in.Description != "", in.ClearDescription)
}

func updateNetwork(env Env) *tool.Definition {
	return write[cloud.NetworkUpdater, updateNetworkInput]{kind: networkKind, plan: planUpdateNetwork, settle: settleUpdateNetwork,
		execute: func(ctx context.Context, c cloud.NetworkUpdater, in updateNetworkInput, run tool.Run) (tool.Made, error) {
			return updatedNetwork(run.Plan), c.UpdateNetwork(ctx, in.NetworkID, in.wanted())
		},
	}.on(env.Accounts, tool.Spec{
		Name:        "update_network",
		Title:       "Update network",
		Description: "Change name, addresses or services of a network. Where machines are on it, a person approves; then repeat the same call.",
		Toolset:     networkSet,
		Effect:      tool.Disrupt,
		Idempotent:  true,
	})
}

func planUpdateNetwork(ctx context.Context, c cloud.NetworkUpdater, in updateNetworkInput) (tool.Plan, error) {
	if err := in.check(); err != nil {
		return tool.Plan{}, err
	}
	network, err := earnNetwork(ctx, c, in.NetworkID)
	if err != nil {
		return tool.Plan{}, err
	}
	consequences, err := c.PlanNetworkUpdate(ctx, network, in.wanted())
	if err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account:      in.Account,
		Summary:      fmt.Sprintf("Change network %s on %s.", network.ID, in.Account),
		Effects:      []tool.Effect{tool.Change},
		Targets:      []tool.Target{networkTarget(network)},
		Changes:      networkRecord(network, in.wanted()).changes(),
		Consequences: consequences,
	}
	if inUse(network) { // no cloud documents that settings left out of the request stay as they are
		plan.Effects = append(plan.Effects, tool.Disrupt)
	}
	if len(plan.Changes) == 0 {
		plan.Nothing = fmt.Sprintf("Network %s is as this call wants it already; nothing was sent.", network.ID)
	}
	return plan, nil
}

// inUse reports whether machines are on a network, by its list or by its count.
func inUse(n cloud.NetworkDetail) bool {
	return len(n.VMs) > 0 || n.Connected != nil && *n.Connected > 0
}

// notTold is shown for a setting that the cloud accepts but does not report.
const notTold = "not told by the cloud"

// networkRecord returns the settings that an update names, with their present
// values.
func networkRecord(n cloud.NetworkDetail, u cloud.NetworkUpdate) record {
	return record{
		{name: "name", now: n.Name, want: u.Name, altered: n.NameAltered},
		{name: "description", now: n.Description, want: u.Description},
		{name: "cidr", now: n.CIDR, want: u.CIDR},
		{name: "dhcp", now: notTold, want: flagText(u.DHCP)},
		{name: "dhcp_range", now: rangeText(n.DHCPRanges), want: textOf(u.DHCPRange)},
		{name: "default_route", now: notTold, want: flagText(u.DefaultRoute)},
		{name: "default_route_via", now: notTold, want: u.Router},
		{name: "serve_dns", now: notTold, want: flagText(u.ServeDNS)},
		{name: "dns_servers", now: strings.Join(n.DNSServers, ", "), want: joined(u.DNSServers)},
	}
}

func flagText(flag *bool) *string {
	if flag == nil {
		return nil
	}
	text := strconv.FormatBool(*flag)
	return &text
}

func textOf(r *cloud.AddressRange) *string {
	if r == nil {
		return nil
	}
	text := r.String()
	return &text
}

func rangeText(ranges []cloud.AddressRange) string {
	var all []string
	for _, r := range ranges {
		all = append(all, r.String())
	}
	return strings.Join(all, ", ")
}

func joined(list *[]string) *string {
	if list == nil {
		return nil
	}
	text := strings.Join(*list, ", ")
	return &text
}

func updatedNetwork(p tool.Plan) tool.Made {
	id := p.Targets[0].ID
	return tool.Made{Summary: fmt.Sprintf("Changed network %s on %s.", id, p.Account), IDs: madeNetwork(id)}
}

// settleUpdateNetwork compares what the cloud reports. For a setting that it does
// not report, a change that was made looks the same as one that was not.
func settleUpdateNetwork(ctx context.Context, c cloud.NetworkUpdater, intent tool.Intent) (tool.Settlement, error) {
	network, err := c.GetNetwork(ctx, cloud.NetworkID(intent.Plan.Targets[0].ID))
	if err != nil {
		return tool.Settlement{}, err
	}
	fields := networkRecord(network, cloud.NetworkUpdate{})
	shown, same := 0, 0
	for _, change := range intent.Plan.Changes {
		now := fields.now(change.Field)
		if now == notTold {
			continue
		}
		shown++
		if now == change.After {
			same++
		}
	}
	switch {
	case shown == 0:
		return tool.Settlement{Finding: tool.FoundUnclear, Why: "the cloud does not show what was to be changed; a person should look at the network in its console"}, nil
	case same == shown:
		return tool.Settlement{Finding: tool.FoundDone, Made: updatedNetwork(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
