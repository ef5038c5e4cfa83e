package gpcn

import (
	"context"
	"strings"
	"time"

	"countersign/internal/cloud"
)

// Provider adapts GPCN to package cloud, for one account. The files of its methods
// declare which capabilities it has.
type Provider struct {
	account cloud.AccountName
	client  *Client
	kinds   *kindMemory
	// book has the operator's prices of offers; GPCN publishes none.
	book     cloud.PriceBook
	offersOf *offerMemory
}

var _ cloud.Provider = (*Provider)(nil)

// Option configures a provider.
type Option func(*Provider)

// WithPriceBook gives the provider the prices that GPCN does not publish.
func WithPriceBook(book cloud.PriceBook) Option {
	return func(p *Provider) { p.book = book }
}

// New returns the provider of an account. It sends nothing.
func New(account cloud.AccountName, client *Client, options ...Option) *Provider {
	p := &Provider{account: account, client: client, kinds: newKindMemory(), offersOf: newOfferMemory(time.Now)}
	for _, option := range options {
		option(p)
	}
	return p
}

// Vendor returns the name of the cloud.
func (*Provider) Vendor() cloud.Vendor { return Vendor }

// Describe returns what the cloud can and cannot do.
func (p *Provider) Describe() cloud.Description {
	return cloud.Description{Title: "GPCN", BaseURL: p.client.BaseURL(), Gaps: gaps()}
}

// gaps returns what GPCN's API lacks, or has and this version does not wrap.
func gaps() []cloud.Gap {
	return []cloud.Gap{
		{What: "get_billing", Why: "No operation that reports prices, spending or invoices was found in GPCN's API, and no answer holds a price."},
		{What: "list_transactions", Why: "No operation that lists charges was found in GPCN's API."},
		{What: "list_offers: sold-out GPU configurations", Why: "GPCN's inventory lists only what is available now."},
		{What: "power_vm: start of GPU VMs", Why: "GPCN documents an operation that stops GPU VMs and none that starts them."},
		{What: "power_vm: force_stop, restart, force_restart, release", Why: "GPCN documents starting and stopping only."},
		{What: "update_vm: tags, hostname", Why: "GPCN's machines have neither tags nor a host name in its API."},
		{What: "resize_vm: GPU VMs", Why: "GPCN documents a change of size for VMs without GPUs only."},
		{What: "rescue_vm: GPU VMs", Why: "GPCN documents a rescue of VMs without GPUs only."},
		{What: "update_vm_interfaces: GPU VMs", Why: "GPCN documents no network interfaces of GPU VMs."},
		{What: "delete_vm: cancel_type", Why: "GPCN deletes at once and has no choice of when."},
		{What: "update_volume: name", Why: "GPCN's API has no operation that renames a volume."},
	}
}

// CheckKey checks the key by listing one data center, which every role may read.
func (p *Provider) CheckKey(ctx context.Context) error {
	_, err := p.client.ListDataCenters(ctx, DataCenterFilter{ListOptions: ListOptions{Limit: 1}})
	return err
}

// refuse returns an error that the adapter itself detects.
func (p *Provider) refuse(kind cloud.ErrorKind, operation, message, hint string) *cloud.Error {
	return &cloud.Error{Kind: kind, Account: p.account, Operation: operation, Message: message, Hint: hint}
}

// invalid returns one ErrInvalid for all problems; nil where there are none.
func (p *Provider) invalid(operation string, problems []cloud.Issue) error {
	if len(problems) == 0 {
		return nil
	}
	lines := make([]string, 0, len(problems))
	for _, problem := range problems {
		lines = append(lines, problem.Field+": "+problem.Message)
	}
	e := p.refuse(cloud.ErrInvalid, operation, strings.Join(lines, "; "), "Correct what the message and the issues name and call again; nothing was sent.")
	e.Issues = problems
	return e
}
