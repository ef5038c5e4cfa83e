package sandbox

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"countersign/internal/gpcn"
)

// network is a network of one place.
type network struct {
	id      gpcn.NetworkID
	name    string
	about   string
	created time.Time
	updated time.Time
	kind    gpcn.NetworkType
	at      *place
	cidr    netip.Prefix
	snat    bool
	// dhcp is true where addresses are assigned, from first to last.
	dhcp        bool
	first, last netip.Addr
	// routed is true where the network has a gateway, whose address is router.
	routed bool
	router netip.Addr
	// serves is true where machines get the addresses of name servers.
	serves  bool
	servers []string
	// isDefault marks the network of VMs that are created without interfaces.
	isDefault bool
	// ending is true while it is being deleted.
	ending bool
	taken  int
}

// defaultServers are the name servers of a network unless others are given [inferred].
func defaultServers() []string { return []string{"8.8.8.8", "1.1.1.1"} }

// addNetwork makes a network with 254 addresses.
func (w *world) addNetwork(at *place, name string, kind gpcn.NetworkType, prefix string) *network {
	n := &network{
		id: gpcn.NetworkID(w.kit.Seed.UUID()), name: name, created: w.now, updated: w.now, kind: kind, at: at,
		cidr: netip.MustParsePrefix(prefix + ".0/24"), snat: kind == gpcn.NetworkStandard,
		dhcp: true, first: netip.MustParseAddr(prefix + ".10"), last: netip.MustParseAddr(prefix + ".250"),
		routed: true, serves: true, servers: defaultServers(),
	}
	n.router = n.cidr.Addr().Next()
	w.networks = append(w.networks, n)
	return n
}

// defaultNetwork returns the network of VMs that are created without interfaces; it
// creates it for the first such VM of a place.
func (w *world) defaultNetwork(at *place) *network {
	n, there := find(w.networks, func(n *network) bool { return n.isDefault && n.at == at })
	if !there {
		n = w.addNetwork(at, "default", gpcn.NetworkStandard, "10.0.0")
		n.isDefault = true
	}
	return n
}

// privateAddress assigns the next address, and starts again when all are taken. It is
// empty where the network assigns none.
func (n *network) privateAddress() string {
	if !n.dhcp || !n.first.IsValid() {
		return ""
	}
	n.taken++
	address := n.first
	for range n.taken - 1 {
		if address = address.Next(); n.last.Less(address) {
			address = n.first
		}
	}
	return address.String()
}

// publicAddress assigns the next address of a range reserved for documentation.
func (w *world) publicAddress() string {
	const size = 250
	w.nextPublic++
	return fmt.Sprintf("198.18.%d.%d", w.nextPublic/size%size, w.nextPublic%size+1)
}

// on returns the VMs on a network, each with its interface there.
func (w *world) on(n *network) map[*vm]*nic {
	out := map[*vm]*nic{}
	for _, v := range w.vms {
		for _, i := range v.interfaces {
			if i.on == n {
				out[v] = i
			}
		}
	}
	return out
}

func (n *network) wire(w *world) gpcn.Network {
	out := gpcn.Network{
		ID: n.id, Name: n.name, Description: &n.about,
		CreatedAt: gpcn.NewTimestamp(n.created), UpdatedAt: gpcn.NewTimestamp(n.updated),
		SNAT: strconv.FormatBool(n.snat), CIDRBlock: n.block(), GatewayIP: n.gateway(),
		ConnectedVMs: strconv.Itoa(len(w.on(n))), NetworkType: n.kind,
		AllocationPools: []gpcn.AllocationPool{}, Datacenter: n.at.wire(),
	}
	if n.serves {
		out.DNSNameservers = strings.Join(n.servers, ", ")
	}
	if n.dhcp && n.first.IsValid() {
		out.AllocationPools = append(out.AllocationPools, gpcn.AllocationPool{Start: n.first.String(), End: n.last.String()})
	}
	return out
}

// block returns its CIDR, empty where it has no addresses.
func (n *network) block() string {
	if !n.cidr.IsValid() {
		return ""
	}
	return n.cidr.String()
}

func (n *network) gateway() string {
	if !n.routed || !n.router.IsValid() {
		return ""
	}
	return n.router.String()
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
