package tools

import (
	"fmt"
	"slices"
	"strings"

	"countersign/internal/tool"
)

// Toolset is a group of tools that a user enables together. The descriptions of
// tools in other toolsets cost no tokens.
type Toolset struct {
	Name string
	// About is one line of help.
	About string
}

// ConfirmToolset is the toolset for callers that confirm their own calls.
const ConfirmToolset = "confirm"

// Toolsets of operations that only one vendor has.
const (
	voltageparkExtra = "voltagepark_extra"
	gpcnExtraSet     = "gpcn_extra"
)

// AllToolsets enables all toolsets.
const AllToolsets = "all"

// Toolsets returns all toolsets in the order of the documentation.
func Toolsets() []Toolset {
	return []Toolset{
		{tool.DefaultToolset, "machines, locations, offers, prices, SSH keys, bills, operations"},
		{volumesToolset, "volumes: sizes and prices, create, grow, rename, attach, detach, delete"},
		{bareMetal, "bare-metal rentals: rent, power, reboot, end, kubeconfig"},
		{voltageparkExtra, "Voltage Park alone: cloud-init check, moving a VM, organization"},
		{vmExtraTools, "machines: resize"},
		{monitoringTools, "what one machine does and has: live state, metrics, disks, network, keys, scheduled deletions"},
		{snapshotTools, "snapshots and backups of machines: list, make, restore"},
		{networkSet, "private networks, network interfaces and public addresses of machines"},
		{gpcnExtraSet, "what GPCN alone has: resource groups, rescue, many GPU VMs at once"},
		{sshKeysToolset, "SSH keys: read, add, delete, generate"},
		{grantsToolset, "standing grants: several equal machines approved at once"},
		{ConfirmToolset, "calls that the rules leave to their callers, as in scripts; on by itself where a policy has such rules, and there only"},
		{secretsToolset, "secrets in files that only the user of this machine can read: passwords, Jupyter addresses"},
	}
}

// always returns the tools that every choice includes: the list of accounts, and
// the tools that results above a read refer to.
func always() []string {
	return []string{"list_accounts", "get_operation", "list_operations", "wait_operation", "cancel_operation"}
}

// Choose returns the tools of the named toolsets; no name means the default one. An
// unknown name is an error that lists the known ones.
func Choose(all []*tool.Definition, names []string) ([]*tool.Definition, error) {
	if len(names) == 0 {
		names = []string{tool.DefaultToolset}
	}
	known := []string{AllToolsets}
	for _, t := range Toolsets() {
		known = append(known, t.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no toolset %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	var chosen []*tool.Definition
	for _, d := range all {
		if slices.Contains(names, AllToolsets) || slices.Contains(names, d.Toolset) || slices.Contains(always(), d.Name) {
			chosen = append(chosen, d)
		}
	}
	return chosen, nil
}

// switchedOff returns the tools that a user could enable, one line per toolset.
func switchedOff(all []*tool.Definition, names []string) []string {
	chosen, err := Choose(all, names)
	if err != nil {
		return nil
	}
	var off []string
	for _, set := range Toolsets() {
		var missing []string
		for _, d := range all {
			if d.Toolset == set.Name && !slices.Contains(chosen, d) {
				missing = append(missing, d.Name)
			}
		}
		if len(missing) > 0 {
			off = append(off, set.Name+": "+strings.Join(missing, ", "))
		}
	}
	return off
}
