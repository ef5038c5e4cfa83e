package gpcn

import "strings"

// Status is the state of a VM of either kind. It may be empty or Unknown for a moment.
type Status string

// The states that the vendor's Terraform provider knows; page "Update a GPU VM"
// shows Provisioning. A stop ends in Shutoff, on some data centers in Stopped.
const (
	StatusProvisioning Status = "Provisioning"
	StatusRunning      Status = "Running"
	StatusStopped      Status = "Stopped"
	StatusShutoff      Status = "Shutoff"
	StatusStarting     Status = "Starting"
	StatusStopping     Status = "Stopping"
	StatusResizing     Status = "Resizing"
	StatusRescuing     Status = "Rescuing"
	StatusRescue       Status = "Rescue"
	StatusUnrescuing   Status = "Unrescuing"
	StatusDeleting     Status = "Deleting"
	StatusDestroyed    Status = "Destroyed"
	StatusError        Status = "Error"
	StatusUnknown      Status = "Unknown"
)

// Is reports whether the status is one of those, ignoring case.
func (s Status) Is(others ...Status) bool {
	for _, other := range others {
		if strings.EqualFold(string(s), string(other)) {
			return true
		}
	}
	return false
}
