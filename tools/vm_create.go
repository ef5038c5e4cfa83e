package tools

import (
	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// machines returns the creator of virtual machines of every kind.
func machines() creator[cloud.MachineMaker, cloud.VMID] {
	return creator[cloud.MachineMaker, cloud.VMID]{
		noun: "VM", kind: "vm", getter: "get_vm",
		creations: func(c cloud.MachineMaker) []creation[cloud.VMID] {
			var all []creation[cloud.VMID]
			for _, kind := range c.MachineKinds() {
				all = append(all, creation[cloud.VMID]{kind, kind.PlanMachine, kind.CreateMachine, kind.FindMachine})
			}
			return all
		},
	}
}

func createVM(env Env) *tool.Definition {
	return machines().on(env, tool.Spec{
		Name:  "create_vm",
		Title: "Create VM",
		Description: "Create a virtual machine. Give account and exactly one block, the one for the kind of machine. IDs come from list_offers and list_ssh_keys. " +
			"A person approves it with its price; then repeat the same call. A lost answer never makes a second machine.",
	})
}
