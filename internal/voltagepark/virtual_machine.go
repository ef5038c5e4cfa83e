package voltagepark

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// VirtualMachine is a machine that is owned and not terminated.
type VirtualMachine struct {
	ID              cloud.VMID       `json:"id"`
	HostNodeID      cloud.HostNodeID `json:"hostnode_id"`
	Type            string           `json:"type"`
	Status          string           `json:"status"`
	Name            string           `json:"name"`
	Resources       Resources        `json:"resources"`
	OperatingSystem string           `json:"operating_system"`
	Pricing         VMPricing        `json:"pricing"`
	PublicIP        *string          `json:"public_ip"`
	// InternalIP is known from another client, not from the API page.
	InternalIP        *string       `json:"internal_ip,omitempty"`
	PortForwards      []PortForward `json:"port_forwards"`
	TimestampCreation Timestamp     `json:"timestamp_creation"`
	Tags              []string      `json:"tags"`
}

// VMPricing is what a machine costs per hour: associated while it holds its resources,
// running or stopped, and disassociated once it has released them.
type VMPricing struct {
	GPUsPerHr  Decimal `json:"gpus_per_hr"`
	VCPUsPerHr Decimal `json:"vcpus_per_hr,omitzero"`
	// VCPUPerHr is another client's spelling of VCPUsPerHr.
	VCPUPerHr               Decimal `json:"vcpu_per_hr,omitzero"`
	RAMPerHr                Decimal `json:"ram_per_hr"`
	StoragePerHr            Decimal `json:"storage_per_hr"`
	TotalAssociatedPerHr    Decimal `json:"total_associated_per_hr"`
	TotalDisassociatedPerHr Decimal `json:"total_disassociated_per_hr"`
}

// PortForward is a port of the public address that leads to a port of the machine.
type PortForward struct {
	InternalPort int `json:"internal_port"`
	ExternalPort int `json:"external_port"`
}

// maxVMs is the largest limit that the list of machines takes.
const maxVMs = 100

// ListVMs is "List of owned, unterminated virtual machines". The limit is at most 100; the
// default is 10.
//
//api:operation GET /api/v1/virtual-machines/
func (c *Client) ListVMs(ctx context.Context, opts ListOptions) (List[VirtualMachine], error) {
	return rest.Get[List[VirtualMachine]](ctx, c.rest, "list VMs", "/virtual-machines/", opts.query())
}

// GetVM is "Details for a specific unterminated virtual machine"; an unknown ID returns
// 404.
//
//api:operation GET /api/v1/virtual-machines/{virtual_machine_id}
func (c *Client) GetVM(ctx context.Context, id cloud.VMID) (VirtualMachine, error) {
	return rest.Get[VirtualMachine](ctx, c.rest, "get VM", vmPath(id), nil)
}

// UpdateVM is "Modify a virtual machine's details". The response repeats the request and
// is not the machine.
//
//api:operation PATCH /api/v1/virtual-machines/{virtual_machine_id}
func (c *Client) UpdateVM(ctx context.Context, id cloud.VMID, update VMDetails) (VMDetails, error) {
	return rest.Send[VMDetails](ctx, c.rest, "update VM", http.MethodPatch, vmPath(id), update)
}

// VMDetails are the fields that can be modified; nil is not sent and changes nothing.
type VMDetails struct {
	Name *string   `json:"name,omitempty"`
	Tags *[]string `json:"tags,omitempty"`
}

// SetVMPower is "Start or stop a virtual machine". The response repeats the requested
// status.
//
//api:operation PUT /api/v1/virtual-machines/{virtual_machine_id}/power-status
func (c *Client) SetVMPower(ctx context.Context, id cloud.VMID, status PowerStatus) (VMPower, error) {
	return rest.Send[VMPower](ctx, c.rest, "set VM power", http.MethodPut, vmPath(id)+"/power-status", VMPower{Status: status})
}

// VMPower is the body of a power request and of its response.
type VMPower struct {
	Status PowerStatus `json:"status"`
}

// PowerStatus is a state that can be requested for a machine.
type PowerStatus string

// The states. The API page shows only "started"; the others are known from another
// client.
const (
	StatusStarted              PowerStatus = "started"
	StatusStopped              PowerStatus = "stopped"
	StatusStoppedDisassociated PowerStatus = "stopped_disassociated"
)

// The values of VirtualMachine.Status that the adapter acts on; others are kept. The API
// page shows "Running", another client has the rest.
const (
	VMRunning              = "Running"
	VMStopped              = "Stopped"
	VMStoppedDisassociated = "StoppedDisassociated"
	VMTerminated           = "Terminated"
)

// DeleteVM is "Terminate an existing virtual machine". It returns 202: the machine may
// still be listed for a while.
//
//api:operation DELETE /api/v1/virtual-machines/{virtual_machine_id}
func (c *Client) DeleteVM(ctx context.Context, id cloud.VMID) error {
	_, err := rest.Send[rest.Nothing](ctx, c.rest, "delete VM", http.MethodDelete, vmPath(id), nil)
	return err
}

func vmPath(id cloud.VMID) string { return "/virtual-machines/" + rest.ID(id) }
