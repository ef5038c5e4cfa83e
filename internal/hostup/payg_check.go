package hostup

import (
	"fmt"
	"strings"

	"countersign/internal/cloud"
)

// sizePart is one resource of a deployment with all its limits.
type sizePart struct {
	field     string // of the block
	unit      string
	wanted    int
	least     int
	most      int
	remaining Number
}

// sizeParts returns the resources of a size. The vendor's own limits narrow the
// documented ones where they could be read.
func sizeParts(size cloud.MachineSize, limits ResourceLimits, left PAYGAmounts) []sizePart {
	parts := []sizePart{
		{"cpu_cores", "cores", size.VCPUs, MinDeployCPUCores, MaxDeployCPUCores, left.CPUCores},
		{"memory_gb", "GB of memory", size.RAMGB, MinDeployMemoryGB, MaxDeployMemoryGB, left.MemoryGB},
		{"storage_gb", "GB of storage", size.StorageGB, MinDeployStorageGB, MaxDeployStorageGB, left.StorageGB},
	}
	for i, told := range []Range{limits.CPUCores, limits.MemoryGB, limits.StorageGB} {
		if least, ok := told.Min.Int(); ok {
			parts[i].least = max(parts[i].least, least)
		}
		if most, ok := told.Max.Int(); ok {
			parts[i].most = min(parts[i].most, most)
		}
	}
	return parts
}

// outside returns the resources whose size is not sold at all.
func outside(parts []sizePart) []cloud.Issue {
	var out []cloud.Issue
	for _, part := range parts {
		if part.wanted < part.least || part.wanted > part.most {
			out = append(out, cloud.Issue{Field: part.field, Message: fmt.Sprintf("must be %d to %d", part.least, part.most)})
		}
	}
	return out
}

// beyond returns the account's limits that a machine of this size would exceed; an
// unknown limit blocks nothing.
func beyond(parts []sizePart, instances Number) []cloud.Issue {
	var out []cloud.Issue
	for _, part := range parts {
		if left, told := part.remaining.Int(); told && part.wanted > left {
			out = append(out, cloud.Issue{Field: part.field, Message: fmt.Sprintf("the account's limit leaves %d %s", max(left, 0), part.unit)})
		}
	}
	if left, told := instances.Int(); told && left < 1 {
		out = append(out, cloud.Issue{Field: "limits.instanceCount", Message: "the account's limit leaves no further machine"})
	}
	return out
}

// leftOver returns one sentence on the unused part of the account's limits; empty where
// they are unknown.
func leftOver(left PAYGAmounts) string {
	var parts []string
	for _, amount := range []struct {
		n    Number
		unit string
	}{{left.CPUCores, "cores"}, {left.MemoryGB, "GB of memory"}, {left.StorageGB, "GB of storage"}, {left.InstanceCount, "machines"}} {
		if n, told := amount.n.Int(); told {
			parts = append(parts, fmt.Sprintf("%d %s", n, amount.unit))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "The account's limits leave " + strings.Join(parts, ", ") + "."
}

// deployBlockers returns why the account cannot deploy, each reason once: the gate in
// the vendor's words, and the known reasons in ours.
func deployBlockers(options DeploymentOptions) []cloud.Issue {
	var out []cloud.Issue
	if g := gate(options.Actions.Get(CanDeploy)); g != nil && !g.Allowed {
		out = append(out, cloud.Issue{Field: "actions." + string(CanDeploy), Message: g.Reason, Code: g.Code})
	}
	if options.Access != nil {
		for _, issue := range blockerIssues(options.Access.BlockerReasons) {
			issue.Code = cloud.CleanText(issue.Code)
			out = append(out, issue)
		}
	}
	if reason := text(options.Reason); len(out) == 0 && !options.Available && reason != "" {
		out = append(out, cloud.Issue{Field: "available", Message: reason})
	}
	return out
}
