package gpcn

import (
	"fmt"
	"net/netip"
	"unicode/utf8"

	"countersign/internal/cloud"
)

// maxNetworkName is the longest name of a network.
const maxNetworkName = 255

// checkNetworkSpec applies the rules of a new network that need no request.
func checkNetworkSpec(spec cloud.NetworkSpec) []cloud.Issue {
	var problems []cloud.Issue
	kind := NetworkType(spec.Type)
	if kind != NetworkStandard && kind != NetworkCustom {
		problems = append(problems, cloud.Issue{Field: "network_type", Message: "must be standard or custom"})
	}
	if spec.SNAT != nil && kind != NetworkStandard {
		problems = append(problems, cloud.Issue{Field: "snat", Message: "is for standard networks only"})
	}
	if kind == NetworkStandard && spec.CIDR == nil {
		problems = append(problems, cloud.Issue{Field: "cidr", Message: "is required for a standard network: GPCN does not document which one it would choose"})
	}
	return append(problems, checkNetworkUpdate(spec.NetworkUpdate, "")...)
}

// checkNetworkUpdate applies the rules that the vendor's Terraform provider checks.
// cidr is the network's present CIDR, used where the settings have none.
func checkNetworkUpdate(u cloud.NetworkUpdate, cidr string) []cloud.Issue {
	var problems []cloud.Issue
	report := func(field, format string, args ...any) {
		problems = append(problems, cloud.Issue{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	if u.Name != nil {
		if _, altered := cloud.Clean(*u.Name, maxNetworkName); altered || *u.Name == "" || utf8.RuneCountInString(*u.Name) > maxNetworkName {
			report("name", "must have 1 to %d visible characters", maxNetworkName)
		}
	}
	if u.CIDR != nil {
		cidr = *u.CIDR
		if _, problem := readCIDR(cidr); problem != "" {
			report("cidr", "%s", problem)
		}
	}
	if u.DHCPRange != nil {
		problems = append(problems, checkRange(*u.DHCPRange, cidr)...)
		if u.DHCP != nil && !*u.DHCP {
			report("dhcp", "is off, and dhcp_start and dhcp_end are given at once")
		}
	}
	if u.Router != nil {
		if !isIPv4(*u.Router) {
			report("default_route_via", "must be an IPv4 address")
		}
		if u.DefaultRoute != nil && !*u.DefaultRoute {
			report("default_route", "is off, and default_route_via is given at once")
		}
	}
	if u.DNSServers != nil {
		for i, server := range *u.DNSServers {
			if !isIPv4(server) {
				report(fmt.Sprintf("dns_servers[%d]", i), "must be an IPv4 address")
			}
		}
		if u.ServeDNS != nil && !*u.ServeDNS {
			report("serve_dns", "is off, and dns_servers are given at once")
		}
	}
	return problems
}

// readCIDR parses a CIDR. It must begin with its own network address.
func readCIDR(text string) (prefix netip.Prefix, problem string) {
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil || !prefix.Addr().Is4():
		return prefix, "must be IPv4 addresses such as 10.20.0.0/24"
	case prefix.Masked() != prefix:
		return prefix, "must stand at its network address, which is " + prefix.Masked().String()
	}
	return prefix, ""
}

func isIPv4(text string) bool {
	address, err := netip.ParseAddr(text)
	return err == nil && address.Is4()
}

// checkRange checks that the DHCP range is within the addresses of its network.
func checkRange(r cloud.AddressRange, cidr string) []cloud.Issue {
	switch {
	case r.First == "" || r.Last == "":
		return []cloud.Issue{{Field: "dhcp_start", Message: "dhcp_start and dhcp_end come together"}}
	case !isIPv4(r.First) || !isIPv4(r.Last):
		return []cloud.Issue{{Field: "dhcp_start", Message: "dhcp_start and dhcp_end must be IPv4 addresses"}}
	}
	prefix, problem := readCIDR(cidr)
	from, to := netip.MustParseAddr(r.First), netip.MustParseAddr(r.Last)
	switch {
	case cidr == "":
		return []cloud.Issue{{Field: "cidr", Message: "is required beside dhcp_start and dhcp_end"}}
	case problem == "" && (!prefix.Contains(from) || !prefix.Contains(to)):
		return []cloud.Issue{{Field: "dhcp_start", Message: "dhcp_start and dhcp_end must lie within " + prefix.String()}}
	case to.Less(from):
		return []cloud.Issue{{Field: "dhcp_end", Message: "must not come before dhcp_start"}}
	}
	return nil
}
