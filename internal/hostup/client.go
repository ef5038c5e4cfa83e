package hostup

import (
	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// DefaultBaseURL is the URL of the API on page "Rename VPS SSH key".
const DefaultBaseURL = "https://cloud.hostup.se"

// Vendor is the name of this cloud.
const Vendor cloud.Vendor = "hostup"

// Client calls the API with one account's key. It has one method per documented
// operation. Each returns the vendor's own type, or a *cloud.Error.
type Client struct {
	account cloud.AccountName
	rest    *rest.Client
}

// NewClient returns a client; an empty base URL means DefaultBaseURL. It reads error
// bodies in the vendor's form. NewClient sends nothing.
func NewClient(opts rest.Options) (*Client, error) {
	if opts.BaseURL == "" {
		opts.BaseURL = DefaultBaseURL
	}
	opts.DecodeError = decodeProblem
	c, err := rest.New(opts)
	if err != nil {
		return nil, err
	}
	return &Client{account: opts.Account, rest: c}, nil
}

// BaseURL returns the URL that all requests of the client begin with.
func (c *Client) BaseURL() string { return c.rest.BaseURL() }
