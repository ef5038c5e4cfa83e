package cloud

import "context"

// Provider is one cloud with one account's key. Its other abilities are the capability
// interfaces that it also implements.
type Provider interface {
	// Vendor names the cloud.
	Vendor() Vendor
	// Describe returns what the cloud can and cannot do. It makes no request.
	Describe() Description
	// CheckKey asks the vendor whether it accepts the account's key. It returns an
	// *Error of kind ErrUnauthorized where it does not.
	CheckKey(ctx context.Context) error
}

// Description is what list_accounts shows of a cloud.
type Description struct {
	Title   string // "Voltage Park On-Demand"
	BaseURL string
	Gaps    []Gap
}

// Gap is something that a cloud's API does not offer, and why.
type Gap struct {
	What string `json:"what" jsonschema_description:"The tool or feature that is missing."`
	Why  string `json:"why" jsonschema_description:"Why this cloud does not have it."`
}

// Account is a configured account of a cloud.
type Account struct {
	Name     AccountName
	Provider Provider
}

// Accounts are the configured accounts, in a fixed order.
type Accounts []Account

// Having returns the accounts whose cloud has capability C.
func Having[C any](accounts Accounts) []Capable[C] {
	var out []Capable[C]
	for _, a := range accounts {
		if c, ok := a.Provider.(C); ok {
			out = append(out, Capable[C]{Account: a.Name, Vendor: a.Provider.Vendor(), Cloud: c})
		}
	}
	return out
}

// Capable is an account together with one capability of its cloud.
type Capable[C any] struct {
	Account AccountName
	Vendor  Vendor
	Cloud   C
}
