package hostup

import (
	"context"

	"countersign/internal/cloud"
)

// Provider adapts HostUp to package cloud, for one account. The files of its methods
// declare which capabilities it has.
type Provider struct {
	account cloud.AccountName
	client  *Client
}

var _ cloud.Provider = (*Provider)(nil)

// New returns the adapter of one account.
func New(account cloud.AccountName, client *Client) *Provider {
	return &Provider{account: account, client: client}
}

// Vendor implements cloud.Provider.
func (p *Provider) Vendor() cloud.Vendor { return Vendor }

// Describe implements cloud.Provider.
func (p *Provider) Describe() cloud.Description {
	return cloud.Description{Title: "HostUp", BaseURL: p.client.BaseURL(), Gaps: gaps()}
}

// gaps returns what HostUp's API lacks, or has and this version does not wrap.
func gaps() []cloud.Gap {
	const unwrapped = "; this version of Countersign does not wrap it."
	return []cloud.Gap{
		{What: "list_networks", Why: "HostUp has no list of networks; get_vm_network shows that of one machine."},
		{What: "changing the network of a machine", Why: "HostUp's API has it, and its page was seen in part only" + unwrapped},
		{What: "list_resource_groups", Why: "HostUp's API has no groups of resources."},
		{What: "add_ssh_key, delete_ssh_key, generate_ssh_key", Why: "HostUp's API adds and deletes SSH keys by routes of which only the names were seen, neither body nor answer; they are not guessed. Generating was not seen."},
		{What: "power_vm: release", Why: "HostUp's API starts, shuts down, stops, restarts and resets; it has nothing that gives a machine's hardware back and keeps its disk."},
		{What: "update_vm: all but hostname", Why: "HostUp's API changes the hostname; an operation that changes display name, tags, key or user name of a VPS was not seen."},
		{What: "create_vm: image_id and ssh_key_id", Why: "The documented request of a pay-as-you-go VPS has no field for an image or SSH keys."},
		{What: "create_vm: plans with a fixed price per billing cycle", Why: "They are orders with an invoice" + unwrapped},
		{What: "get_billing: month", Why: "An operation that reports one month was not seen; list_transactions lists the account's activity."},
		{What: "list_transactions: earliest, latest", Why: "HostUp's activity takes no dates."},
		{What: "console", Why: "A console was not seen in this version of HostUp's API."},
		{What: "resize_vm: plans with a fixed price", Why: "HostUp's API changes plan and billing cycle with an invoice" + unwrapped},
		{What: "restore_backup: on its own machine", Why: "The page of that operation was not seen; HostUp's API puts a backup on another machine."},
		{What: "deleting snapshots and backups", Why: "HostUp's API names operations for it whose pages were not seen."},
		{What: "schedules of snapshots and backups", Why: "HostUp's API has them" + unwrapped},
		{What: "rebuild, changing disks, ISO images", Why: "HostUp's API has them" + unwrapped},
		{What: "invoices and payment", Why: "HostUp's API has them" + unwrapped},
	}
}

// CheckKey implements cloud.Provider. It lists one SSH key, the smallest read with a
// documented route; a key without the scope read:vm returns ErrForbidden.
func (p *Provider) CheckKey(ctx context.Context) error {
	_, err := p.client.ListSSHKeys(ctx, 1, "")
	return err
}

// refuse returns an error that the adapter itself detects.
func (p *Provider) refuse(kind cloud.ErrorKind, operation, message string) *cloud.Error {
	return &cloud.Error{Kind: kind, Account: p.account, Operation: operation, Message: message}
}

// invalid returns one ErrInvalid for all problems; nil where there are none.
func (p *Provider) invalid(operation string, problems []cloud.Issue) error {
	if len(problems) == 0 {
		return nil
	}
	e := p.refuse(cloud.ErrInvalid, operation, sentences(problems))
	e.Hint = hintFor(cloud.ErrInvalid, aboutVPS)
	e.Issues = problems
	return e
}
