package tools

import (
	"countersign/internal/cloud"
	"countersign/internal/tool"
)

func createRental(env Env) *tool.Definition {
	return creator[cloud.RentalMaker, cloud.RentalID]{
		noun: "rental", kind: "rental", getter: "get_rental",
		creations: func(c cloud.RentalMaker) []creation[cloud.RentalID] {
			var all []creation[cloud.RentalID]
			for _, kind := range c.RentalKinds() {
				all = append(all, creation[cloud.RentalID]{kind, kind.PlanRental, kind.CreateRental, kind.FindRental})
			}
			return all
		},
	}.on(env, tool.Spec{
		Name:    "create_rental",
		Title:   "Rent bare metal",
		Toolset: bareMetal,
		Description: "Rent whole bare-metal servers. Give account and exactly one block. IDs, prices per GPU and free GPUs per network stand in list_locations (bare_metal). " +
			"A person approves it with its price; then repeat the same call. A lost answer never makes a second rental.",
	})
}
