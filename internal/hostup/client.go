package hostup

import (
	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// DefaultBaseURL is where the API lives, as page "Rename VPS SSH key" has it.
const DefaultBaseURL = "https://cloud.hostup.se"

// Vendor is the name of this cloud.
const Vendor cloud.Vendor = "hostup"

// Client calls the API with one account's key. Its methods are the documented
// operations, one each, and answer the vendor's own shapes; failures are
// *cloud.Error.
type Client struct {
	account cloud.AccountName
	rest    *rest.Client
}

// NewClient makes a client. An empty base URL means DefaultBaseURL; error bodies
// are always read the vendor's way. It uses no network.
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

// BaseURL is where the client's requests go.
func (c *Client) BaseURL() string { return c.rest.BaseURL() }
