package sandbox

import (
	"net/http"
	"time"

	"countersign/internal/hostup"
)

// resizeGate returns why a server cannot be resized now; empty where it can.
func (v *server) resizeGate(now time.Time) string {
	if !v.payg {
		return "Only cloud servers can be resized."
	}
	return v.busy(now)
}

// resize is page "post-v2-vps-id-actions-resize". That it is immediate and without a
// reboot, and the codes of its errors, are [inferred].
func (s *Sandbox) resize(r *http.Request, v *server) answer {
	f := readForm(r, "cpuCores", "memoryGb")
	f.require("cpuCores", "memoryGb")
	wanted := size{
		cpu:     f.integer("cpuCores", hostup.MinDeployCPUCores, hostup.MaxDeployCPUCores),
		memory:  f.integer("memoryGb", hostup.MinDeployMemoryGB, hostup.MaxDeployMemoryGB),
		storage: v.size.storage,
	}
	if f.wrong() {
		return invalid(f.issues...)
	}
	if reason := v.resizeGate(s.kit.Clock.Now()); reason != "" {
		return notReady(reason)
	}
	before := v.size
	others := s.used()
	others.cpu, others.memory = others.cpu-before.cpu, others.memory-before.memory
	others.storage, others.instances = others.storage-before.storage, others.instances-1
	if blockers := others.plus(wanted).exceeded(most()); len(blockers) > 0 {
		a := refuse(http.StatusForbidden, "forbidden", "The account's limits do not allow this size.")
		a.problem.BlockerReasons = blockers
		return a
	}
	v.size = wanted
	v.amount = string(estimate(v.size, s.kit.Clock.Now()).EstimatedMonthlyAmount)
	compute := func(z size) *hostup.ComputeSize {
		return &hostup.ComputeSize{CPUCores: whole(z.cpu), MemoryGB: whole(z.memory)}
	}
	return ok(hostup.Resized{Resized: true, Resources: compute(wanted), PreviousResources: compute(before)})
}
