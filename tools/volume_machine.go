package tools

import (
	"context"
	"fmt"
	"slices"

	"countersign/internal/cloud"
)

// machineReader reads the machines that volumes are attached to, each once. It
// reads none if the cloud cannot show them.
type machineReader struct {
	updater cloud.VolumeUpdater
	known   map[cloud.MachineRef]attachedMachine
}

// attachedMachine is a machine as a plan shows it.
type attachedMachine struct {
	cloud.VolumeMachine
	// notShown reports that the cloud does not show the machine.
	notShown bool
}

func volumeMachines(c cloud.VolumeReader) machineReader {
	updater, _ := c.(cloud.VolumeUpdater)
	return machineReader{updater, map[cloud.MachineRef]attachedMachine{}}
}

// attached reads a machine that a volume is attached to. The cloud itself has named
// the ID, so it needs no check. A machine that the cloud no longer shows may still
// be running.
func (r machineReader) attached(ctx context.Context, id cloud.MachineRef) (attachedMachine, error) {
	m, err := r.read(ctx, id)
	if r.updater == nil || cloud.IsKind(err, cloud.ErrUnknownID) {
		return attachedMachine{VolumeMachine: cloud.VolumeMachine{ID: id, Power: cloud.PowerOther}, notShown: true}, nil
	}
	return m, err
}

// read reads a machine by its exact ID.
func (r machineReader) read(ctx context.Context, id cloud.MachineRef) (attachedMachine, error) {
	if known, there := r.known[id]; there || r.updater == nil {
		return known, nil
	}
	m, err := r.updater.VolumeMachine(ctx, id)
	if err != nil {
		return attachedMachine{}, err
	}
	r.known[id] = attachedMachine{VolumeMachine: m}
	return r.known[id], nil
}

// mayRun reports whether the machine is not known to be off.
func (m attachedMachine) mayRun() bool {
	return m.Power != cloud.PowerStopped && m.Power != cloud.PowerReleased
}

// runs describes what is known of its power state.
func (m attachedMachine) runs() string {
	if m.Power == cloud.PowerRunning {
		return "is running"
	}
	return "may be running"
}

// text describes the machine for a fact.
func (m attachedMachine) text() string {
	if m.notShown {
		return fmt.Sprintf("%s (the cloud does not show it)", m.ID)
	}
	return fmt.Sprintf("%s %s (%s), %s", m.Kind, m.ID, m.Name, m.Status)
}

// addOnce appends the values that to does not contain yet.
func addOnce[T comparable](to []T, more ...T) []T {
	for _, one := range more {
		if !slices.Contains(to, one) {
			to = append(to, one)
		}
	}
	return to
}
