package sandbox

import (
	"net/http"
	"time"

	"countersign/internal/hostup"
)

// powerAction is one power action of a server. The order of the states is [inferred].
type powerAction struct {
	name     string
	gate     hostup.GateName
	from, to hostup.PowerState
	// via are the states on the way, for an equal time each.
	via []hostup.PowerState
	// accepts are the fields of its body.
	accepts []string
}

func powerActions() []powerAction {
	reboot := []hostup.PowerState{hostup.PowerStopping, hostup.PowerStarting}
	return []powerAction{
		{"start", hostup.CanStart, hostup.PowerStopped, hostup.PowerRunning, []hostup.PowerState{hostup.PowerStarting}, nil},
		{"shutdown", hostup.CanShutdown, hostup.PowerRunning, hostup.PowerStopped, []hostup.PowerState{hostup.PowerStopping}, nil},
		{"stop", hostup.CanStop, hostup.PowerRunning, hostup.PowerStopped, []hostup.PowerState{hostup.PowerStopping}, nil},
		{"restart", hostup.CanRestart, hostup.PowerRunning, hostup.PowerRunning, reboot, []string{"force"}},
		{"reset", hostup.CanReset, hostup.PowerRunning, hostup.PowerRunning, reboot, nil},
	}
}

// gates returns what may be done to a server now.
func (v *server) gates(now time.Time) hostup.Gates {
	out := hostup.Gates{}
	for _, action := range powerActions() {
		reason := v.busy(now)
		if reason == "" && v.power != action.from {
			reason = "The VPS is " + string(v.power) + "."
		}
		out[action.gate] = gate(reason)
	}
	return out
}

// gate returns a gate, open where there is no reason. That a closed one has the same code
// as the error of its operation is [inferred].
func gate(reason string) hostup.Gate {
	if reason == "" {
		return hostup.Gate{Allowed: true}
	}
	return hostup.Gate{Reason: &reason, Code: unlessEmpty("vps_not_ready")}
}

// busy returns why nothing can be done to a server now; empty where it can.
func (v *server) busy(now time.Time) string {
	switch {
	case v.power == hostup.PowerProvisioning:
		return "The VPS is being provisioned."
	case v.service != hostup.ServiceActive:
		return "The service is " + string(v.service) + "."
	case v.job != nil && !v.job.status(now).Over():
		return "Another operation is running on the VPS."
	}
	return ""
}

// power is pages "post-v2-vps-id-actions-restart" and "post-v2-vps-id-actions-reset", and
// the three actions that those pages only name.
func (s *Sandbox) power(action powerAction) func(*http.Request, *server) answer {
	return func(r *http.Request, v *server) answer {
		f := readForm(r, action.accepts...)
		f.flag("force")
		if f.wrong() {
			return invalid(f.issues...)
		}
		now := s.kit.Clock.Now()
		if gate := v.gates(now)[action.gate]; !gate.Allowed {
			return notReady(*gate.Reason)
		}
		if s.nextPowerStale {
			s.nextPowerStale = false
			return notReady("Another operation was started on the VPS.")
		}
		return s.enqueue(r, v, task{action.name, action.via, func(at time.Time) { v.power, v.since = action.to, at }})
	}
}
