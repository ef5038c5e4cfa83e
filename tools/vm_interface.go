package tools

import (
	"context"
	"fmt"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

type listVMInterfacesOutput struct {
	Interfaces []cloud.Interface `json:"interfaces" jsonschema_description:"Network interfaces of the machine."`
}

func listVMInterfaces(env Env) *tool.Definition {
	return readVM(env, tool.Spec{
		Name:        "list_vm_interfaces",
		Title:       "List VM interfaces",
		Description: "List the network interfaces of one machine, with exact IDs, networks and addresses.",
		Toolset:     networkSet,
	}, func(ctx context.Context, c cloud.VMInterfaceReader, vm cloud.VM, _ vmRef) (listVMInterfacesOutput, error) {
		all, err := c.ListVMInterfaces(ctx, vm)
		seeNetworks(ctx, vm.Account, all)
		return listVMInterfacesOutput{all}, err
	})
}

type updateVMInterfacesInput struct {
	vmRef
	Action      cloud.InterfaceAction `json:"action" jsonschema_description:"attach: join network_id; set_primary, detach: of interface_id; allocate_public_ip: reachable from the internet, may cost; release_public_ip: the address is lost for ever."`
	NetworkID   cloud.NetworkID       `json:"network_id,omitempty" jsonschema_description:"With attach: exact ID from list_networks."`
	InterfaceID cloud.InterfaceID     `json:"interface_id,omitempty" jsonschema_description:"With all others: exact ID from list_vm_interfaces."`
}

func (in updateVMInterfacesInput) change() cloud.InterfaceChange {
	return cloud.InterfaceChange{Action: in.Action, NetworkID: in.NetworkID, InterfaceID: in.InterfaceID}
}

// check rejects an action that lacks an argument, or has one that it does not
// accept.
func (in updateVMInterfacesInput) check() error {
	needs, lacks := "interface_id", "network_id"
	given, other := in.InterfaceID != "", in.NetworkID != ""
	if in.Action == cloud.InterfaceAttach {
		needs, lacks, given, other = lacks, needs, other, given
	}
	if !given || other {
		return tool.Errorf(tool.CodeInvalidArguments, "Give "+needs+" and leave "+lacks+" out.", "Action %s takes %s, and not %s; nothing was sent.", in.Action, needs, lacks)
	}
	return nil
}

func updateVMInterfaces(env Env) *tool.Definition {
	// The kind of the IDs in the jobs of these actions is not documented, so none
	// is set.
	return write[cloud.VMInterfaceChanger, updateVMInterfacesInput]{plan: planInterfaces, settle: settleInterfaces,
		execute: func(ctx context.Context, c cloud.VMInterfaceChanger, in updateVMInterfacesInput, run tool.Run) (tool.Made, error) {
			accepted, err := c.ChangeInterface(ctx, in.VMID, in.change())
			return withJobs(changedInterface(run.Plan), accepted), err
		},
	}.on(env.Accounts, tool.Spec{
		Name:  "update_vm_interfaces",
		Title: "Update VM interfaces",
		Description: "Join a machine to a network, make an interface the primary one, take it off, or give it or take from it a public address. " +
			"A person approves what interrupts, costs or is lost; then repeat the same call.",
		Toolset:    networkSet,
		Effect:     tool.Destroy,
		Least:      tool.Change,
		Idempotent: true,
	})
}

func planInterfaces(ctx context.Context, c cloud.VMInterfaceChanger, in updateVMInterfacesInput) (tool.Plan, error) {
	if err := in.check(); err != nil {
		return tool.Plan{}, err
	}
	vm, err := earnVM(ctx, c, in.VMID)
	if err != nil {
		return tool.Plan{}, err
	}
	all, err := c.ListVMInterfaces(ctx, vm)
	if err != nil {
		return tool.Plan{}, err
	}
	of, err := earnInterface(in, all)
	if err != nil {
		return tool.Plan{}, err
	}
	plan := tool.Plan{
		Account: in.Account,
		Summary: interfaceSummary(in),
		Action:  string(in.Action),
		Effects: interfaceEffects(in.Action, of),
		Targets: []tool.Target{vmTarget(vm)},
		Facts:   interfaceFacts(in, of),
		Changes: []tool.FieldChange{interfaceChange(in, of, all)},
		Nothing: interfaceNothing(in, of, all),
	}
	if plan.Nothing != "" {
		return plan, nil
	}
	switch in.Action {
	case cloud.InterfaceAttach:
		plan.Opens = []string{"The machine to all that is on network " + string(in.NetworkID) + "."}
	case cloud.PublicIPAllocate:
		plan.Opens = []string{"A public address on this interface."}
		plan.Cost = &tool.Cost{After: cloud.UnknownPrice("no price of a public address is known")}
	}
	if tool.Highest(plan.Effects) == tool.Destroy {
		if plan.Targets[0].NameShared, err = nameShared(ctx, c.ListVMs, vmSighting, plan.Targets[0]); err != nil {
			return tool.Plan{}, err
		}
	}
	plan.Consequences, err = c.PlanInterfaceChange(ctx, vm, all, in.change())
	return plan, err
}

// earnInterface finds the interface by its exact ID in the list of its machine. If
// the call names none, it returns the zero Interface.
func earnInterface(in updateVMInterfacesInput, all []cloud.Interface) (cloud.Interface, error) {
	if in.InterfaceID == "" {
		return cloud.Interface{}, nil
	}
	var candidates []cloud.Candidate
	for _, i := range all {
		if i.ID == in.InterfaceID {
			return i, nil
		}
		candidates = append(candidates, cloud.Candidate{ID: string(i.ID), Name: i.NetworkName})
	}
	err := &cloud.Error{Kind: cloud.ErrUnknownID, Account: in.Account, Operation: "find network interface", Message: "no interface of this machine has that ID; nothing was sent"}
	return cloud.Interface{}, notEarned(err, "network interface", "list_vm_interfaces", string(in.InterfaceID), candidates)
}

func interfaceSummary(in updateVMInterfacesInput) string {
	what := map[cloud.InterfaceAction]string{
		cloud.InterfaceAttach:     "Join VM %s on %s to network %s.",
		cloud.InterfaceSetPrimary: "Make on VM %s on %s interface %s the primary one.",
		cloud.InterfaceDetach:     "Take from VM %s on %s interface %s.",
		cloud.PublicIPAllocate:    "Allocate on VM %s on %s a public address to interface %s.",
		cloud.PublicIPRelease:     "Release on VM %s on %s the public address of interface %s for ever.",
	}[in.Action]
	return fmt.Sprintf(what, in.VMID, in.Account, string(in.NetworkID)+string(in.InterfaceID))
}

// interfaceEffects returns the effects of an action. Detaching an interface counts
// as losing its public address, because the outcome is not documented.
func interfaceEffects(action cloud.InterfaceAction, of cloud.Interface) []tool.Effect {
	switch action {
	case cloud.InterfaceAttach:
		return []tool.Effect{tool.Disrupt} // it opens a door
	case cloud.InterfaceDetach:
		if of.PublicIP != "" {
			return []tool.Effect{tool.Disrupt, tool.Destroy}
		}
		return []tool.Effect{tool.Change, tool.Disrupt}
	case cloud.InterfaceSetPrimary:
		return []tool.Effect{tool.Change, tool.Disrupt}
	case cloud.PublicIPAllocate:
		return []tool.Effect{tool.Disrupt, tool.Bill}
	case cloud.PublicIPRelease:
		return []tool.Effect{tool.Disrupt, tool.Destroy}
	}
	return nil // no effect counts as the worst one
}

// Labels of the facts by which settle recognizes a change.
const (
	actionFact    = "action"
	interfaceFact = "interface_id"
	networkFact   = "network_id"
)

func interfaceFacts(in updateVMInterfacesInput, of cloud.Interface) []cloud.Fact {
	network := in.NetworkID
	if network == "" {
		network = of.NetworkID
	}
	var facts []cloud.Fact
	for _, f := range []cloud.Fact{
		{Label: actionFact, Value: string(in.Action)}, {Label: interfaceFact, Value: string(of.ID)}, {Label: networkFact, Value: string(network)},
		{Label: "network", Value: of.NetworkName}, {Label: "private_ip", Value: of.PrivateIP}, {Label: "public_ip", Value: of.PublicIP},
	} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	return facts
}

// interfaceChange returns the one field that an action changes.
func interfaceChange(in updateVMInterfacesInput, of cloud.Interface, all []cloud.Interface) tool.FieldChange {
	switch in.Action {
	case cloud.InterfaceAttach:
		return tool.FieldChange{Field: "network", After: string(in.NetworkID)}
	case cloud.InterfaceSetPrimary:
		change := tool.FieldChange{Field: "primary", After: string(of.ID)}
		if i := slices.IndexFunc(all, func(i cloud.Interface) bool { return i.Primary }); i >= 0 {
			change.Before = string(all[i].ID)
		}
		return change
	case cloud.InterfaceDetach:
		return tool.FieldChange{Field: "interface", Before: string(of.ID)}
	case cloud.PublicIPAllocate:
		return tool.FieldChange{Field: "public_ip", After: "a new address"}
	case cloud.PublicIPRelease:
	}
	return tool.FieldChange{Field: "public_ip", Before: of.PublicIP}
}

// interfaceNothing says why nothing has to be sent, or returns "".
func interfaceNothing(in updateVMInterfacesInput, of cloud.Interface, all []cloud.Interface) string {
	on := func(i cloud.Interface) bool { return i.NetworkID == in.NetworkID }
	switch {
	case in.Action == cloud.InterfaceAttach && slices.ContainsFunc(all, on):
		return fmt.Sprintf("VM %s is on network %s already; nothing was sent.", in.VMID, in.NetworkID)
	case in.Action == cloud.InterfaceSetPrimary && of.Primary:
		return fmt.Sprintf("Interface %s is the primary one already; nothing was sent.", of.ID)
	case in.Action == cloud.PublicIPAllocate && of.PublicIP != "":
		return fmt.Sprintf("Interface %s has a public address already; nothing was sent.", of.ID)
	case in.Action == cloud.PublicIPRelease && of.PublicIP == "":
		return fmt.Sprintf("Interface %s has no public address; nothing was sent.", of.ID)
	}
	return ""
}

func changedInterface(p tool.Plan) tool.Made {
	made := tool.Made{
		Summary: fmt.Sprintf("Action %s on the interfaces of VM %s on %s is accepted; list_vm_interfaces shows it.", plannedFact(p, actionFact), planned(p), p.Account),
		IDs:     madeVM(planned(p)),
	}
	if id := plannedFact(p, interfaceFact); id != "" {
		made.IDs = append(made.IDs, tool.MadeID{Kind: "interface", ID: id})
	}
	return made
}

// settleInterfaces compares the interfaces with the planned state.
func settleInterfaces(ctx context.Context, c cloud.VMInterfaceChanger, intent tool.Intent) (tool.Settlement, error) {
	vm, err := c.GetVM(ctx, planned(intent.Plan))
	if err != nil {
		return tool.Settlement{}, err
	}
	all, err := c.ListVMInterfaces(ctx, vm)
	if err != nil {
		return tool.Settlement{}, err
	}
	i := slices.IndexFunc(all, func(i cloud.Interface) bool { return string(i.ID) == plannedFact(intent.Plan, interfaceFact) })
	done := false
	switch action := cloud.InterfaceAction(plannedFact(intent.Plan, actionFact)); {
	case action == cloud.InterfaceAttach:
		done = slices.ContainsFunc(all, func(i cloud.Interface) bool { return string(i.NetworkID) == plannedFact(intent.Plan, networkFact) })
	case action == cloud.InterfaceDetach:
		done = i < 0
	case i < 0:
		return tool.Settlement{Finding: tool.FoundUnclear, Why: "the interface is gone"}, nil
	case action == cloud.InterfaceSetPrimary:
		done = all[i].Primary
	case action == cloud.PublicIPAllocate:
		done = all[i].PublicIP != ""
	case action == cloud.PublicIPRelease:
		done = all[i].PublicIP == ""
	}
	if done {
		return tool.Settlement{Finding: tool.FoundDone, Made: changedInterface(intent.Plan)}, nil
	}
	return tool.Settlement{Finding: tool.FoundNothing}, nil
}
