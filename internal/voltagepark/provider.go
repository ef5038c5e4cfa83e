package voltagepark

import (
	"context"

	"countersign/internal/cloud"
)

// Provider adapts Voltage Park to package cloud, for one account.
type Provider struct {
	account cloud.AccountName
	client  *Client
}

// The capabilities that this cloud has. There is no cloud.SSHKeyRenamer: the API
// has no operation that updates a key.
var (
	_ cloud.Provider          = (*Provider)(nil)
	_ cloud.LocationLister    = (*Provider)(nil)
	_ cloud.HostNodeReader    = (*Provider)(nil)
	_ cloud.OfferLister       = (*Provider)(nil)
	_ cloud.VMReader          = (*Provider)(nil)
	_ cloud.VMUpdater         = (*Provider)(nil)
	_ cloud.VMPowerer         = (*Provider)(nil)
	_ cloud.VMDeleter         = (*Provider)(nil)
	_ cloud.SSHKeyLister      = (*Provider)(nil)
	_ cloud.SSHKeyReader      = (*Provider)(nil)
	_ cloud.SSHKeyAdder       = (*Provider)(nil)
	_ cloud.SSHKeyDeleter     = (*Provider)(nil)
	_ cloud.PasswordRuler     = (*Provider)(nil)
	_ cloud.BillingReader     = (*Provider)(nil)
	_ cloud.TransactionLister = (*Provider)(nil)
	_ cloud.MachineMaker      = (*Provider)(nil)

	_ cloud.VMRelocator        = (*Provider)(nil)
	_ cloud.RentalMaker        = (*Provider)(nil)
	_ cloud.RentalUpdater      = (*Provider)(nil)
	_ cloud.RentalPowerer      = (*Provider)(nil)
	_ cloud.NodeRebooter       = (*Provider)(nil)
	_ cloud.NodeRemover        = (*Provider)(nil)
	_ cloud.RentalDeleter      = (*Provider)(nil)
	_ cloud.KubeconfigReader   = (*Provider)(nil)
	_ cloud.InitScriptChecker  = (*Provider)(nil)
	_ cloud.OrganizationReader = (*Provider)(nil)
)

// New returns the provider of an account. It sends nothing.
func New(account cloud.AccountName, client *Client) *Provider {
	return &Provider{account: account, client: client}
}

// Vendor returns the name of the cloud.
func (*Provider) Vendor() cloud.Vendor { return Vendor }

// Describe returns what the cloud can and cannot do.
func (p *Provider) Describe() cloud.Description {
	return cloud.Description{
		Title:   "Voltage Park On-Demand",
		BaseURL: p.client.BaseURL(),
		Gaps: []cloud.Gap{
			{What: "rename_ssh_key", Why: "The vendor's API lists, adds and removes SSH keys; it has no operation that updates one."},
			{What: "generate_ssh_key", Why: "The vendor's API takes public keys only; it makes none."},
			{What: "power_vm: force_stop, restart, force_restart", Why: "The vendor's API knows the states started, stopped and stopped_disassociated for VMs; it has no reboot and no hard power-off."},
			{What: "create_vm: location", Why: "The documented request to create a VM has no field for a location; the vendor picks one where the preset has stock."},
		},
	}
}

// CheckKey checks the key by reading the hourly rate, the smallest read that needs a key:
// the lists of locations and presets work without one.
func (p *Provider) CheckKey(ctx context.Context) error {
	_, err := p.client.GetHourlyRate(ctx)
	return err
}

// refuse returns an error that the adapter itself detects.
func (p *Provider) refuse(kind cloud.ErrorKind, operation, message string) *cloud.Error {
	return &cloud.Error{Kind: kind, Account: p.account, Operation: operation, Message: message}
}
