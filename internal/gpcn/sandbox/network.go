package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"countersign/internal/gpcn"
)

// network is a network of one place.
type network struct {
	id      gpcn.NetworkID
	name    string
	created time.Time
	kind    gpcn.NetworkType
	at      *place
	// prefix is the first three parts of its addresses.
	prefix string
	// isDefault marks the one that VMs without interfaces get.
	isDefault bool
	taken     int
}

// addNetwork makes a network with 254 addresses.
func (w *world) addNetwork(at *place, name string, kind gpcn.NetworkType, prefix string) *network {
	n := &network{
		id: gpcn.NetworkID(w.kit.Seed.UUID()), name: name, created: w.now, kind: kind, at: at, prefix: prefix,
	}
	w.networks = append(w.networks, n)
	return n
}

// defaultNetwork is the network that a VM without interfaces gets; the first
// such VM of a place makes it.
func (w *world) defaultNetwork(at *place) *network {
	n, there := find(w.networks, func(n *network) bool { return n.isDefault && n.at == at })
	if !there {
		n = w.addNetwork(at, "default", gpcn.NetworkStandard, "10.0.0")
		n.isDefault = true
	}
	return n
}

// privateAddress gives out the next address; it begins anew when all are taken.
func (n *network) privateAddress() string {
	const first, size = 10, 241
	n.taken++
	return fmt.Sprintf("%s.%d", n.prefix, first+(n.taken-1)%size)
}

// publicAddress gives out the next address of a range for documentation.
func (w *world) publicAddress() string {
	const size = 250
	w.nextPublic++
	return fmt.Sprintf("198.18.%d.%d", w.nextPublic/size%size, w.nextPublic%size+1)
}

func (n *network) wire(w *world) gpcn.Network {
	connected := 0
	for _, v := range w.vms {
		for _, i := range v.interfaces {
			if i.on == n {
				connected++
			}
		}
	}
	description := ""
	out := gpcn.Network{
		ID: n.id, Name: n.name, Description: &description,
		CreatedAt: gpcn.NewTimestamp(n.created), UpdatedAt: gpcn.NewTimestamp(n.created),
		SNAT: strconv.FormatBool(n.kind == gpcn.NetworkStandard), CIDRBlock: n.prefix + ".0/24", GatewayIP: n.prefix + ".1",
		ConnectedVMs: strconv.Itoa(connected), NetworkType: n.kind, DNSNameservers: "8.8.8.8, 1.1.1.1",
		AllocationPools: []gpcn.AllocationPool{{Start: n.prefix + ".10", End: n.prefix + ".250"}},
		Datacenter:      n.at.wire(),
	}
	return out
}

func (s *Sandbox) listNetworks(r *http.Request) answer {
	f := &form{}
	place := f.queryID(r, "datacenterId")
	kind := r.URL.Query().Get("networkType")
	rows := []gpcn.Network{}
	for _, n := range s.world.networks {
		if (place == "" || place == string(n.at.ID)) && (kind == "" || kind == string(n.kind)) {
			rows = append(rows, n.wire(s.world))
		}
	}
	return table[gpcn.Network]{
		message: "Networks retrieved successfully", rows: rows, order: "createdAt:desc",
		columns: map[string]func(gpcn.Network) string{
			"name":      func(n gpcn.Network) string { return n.Name },
			"createdAt": func(n gpcn.Network) string { return string(n.CreatedAt) },
		},
		search: func(n gpcn.Network) []string { return []string{n.Name, n.CIDRBlock} },
	}.page(r, f)
}
