package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// Sightings record under which names things were shown. A later ID is compared with
// them.

func vmSighting(v cloud.VM) tool.Sighting {
	return tool.Sighting{Account: v.Account, Kind: vmKind, ID: string(v.ID), Name: v.Name}
}

func rentalSighting(r cloud.Rental) tool.Sighting {
	return tool.Sighting{Account: r.Account, Kind: "rental", ID: string(r.ID), Name: r.Name}
}

func networkSighting(n cloud.Network) tool.Sighting {
	return tool.Sighting{Account: n.Account, Kind: networkKind, ID: string(n.ID), Name: n.Name}
}

func groupSighting(g cloud.ResourceGroup) tool.Sighting {
	return tool.Sighting{Account: g.Account, Kind: groupKind, ID: string(g.ID), Name: g.Name}
}

func volumeSighting(v cloud.Volume) tool.Sighting {
	return tool.Sighting{Account: v.Account, Kind: "volume", ID: string(v.ID), Name: v.Name}
}

func keySighting(k cloud.SSHKey) tool.Sighting {
	return tool.Sighting{Account: k.Account, Kind: "ssh_key", ID: string(k.ID), Name: k.Name}
}

// sighted returns list with a side effect: it remembers the name of every row it reads.
func sighted[Row any](list rowsFunc[Row], as func(Row) tool.Sighting) rowsFunc[Row] {
	return func(ctx context.Context, page cloud.PageRequest) (cloud.Page[Row], error) {
		rows, err := list(ctx, page)
		tool.See(ctx, rows.Items, as)
		return rows, err
	}
}

// sightedOne returns get with a side effect: it remembers the name of the thing it reads.
func sightedOne[Thing any, ID ~string](get func(context.Context, ID) (Thing, error), as func(Thing) tool.Sighting) func(context.Context, ID) (Thing, error) {
	return func(ctx context.Context, id ID) (Thing, error) {
		thing, err := get(ctx, id)
		if err == nil {
			tool.See(ctx, []Thing{thing}, as)
		}
		return thing, err
	}
}

// seeMachines records the names of the machines on a network.
func seeMachines(ctx context.Context, n cloud.NetworkDetail) {
	tool.See(ctx, n.VMs, func(vm cloud.NetworkVM) tool.Sighting {
		return tool.Sighting{Account: n.Account, Kind: vmKind, ID: string(vm.ID), Name: vm.Name}
	})
}

// seeNetworks records the names of the networks that a machine is on.
func seeNetworks(ctx context.Context, account cloud.AccountName, all []cloud.Interface) {
	tool.See(ctx, all, func(i cloud.Interface) tool.Sighting {
		return tool.Sighting{Account: account, Kind: networkKind, ID: string(i.NetworkID), Name: i.NetworkName}
	})
}
