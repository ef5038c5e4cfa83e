package voltagepark

import (
	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// DefaultBaseURL is where the API lives. The API page prints an empty host; the
// address is the one that all known clients use.
const DefaultBaseURL = "https://cloud-api.voltagepark.com/api/v1"

// Vendor is the name of this cloud.
const Vendor cloud.Vendor = "voltagepark"

// Client calls the API with one organization's key. Its methods are the
// documented operations, one each, and answer the vendor's own shapes; failures
// are *cloud.Error.
type Client struct {
	rest *rest.Client
}

// NewClient makes a client. An empty base URL means DefaultBaseURL; error bodies
// are always read the vendor's way. It uses no network.
func NewClient(opts rest.Options) (*Client, error) {
	if opts.BaseURL == "" {
		opts.BaseURL = DefaultBaseURL
	}
	opts.DecodeError = decodeError
	c, err := rest.New(opts)
	if err != nil {
		return nil, err
	}
	return &Client{rest: c}, nil
}

// BaseURL is where the client's requests go.
func (c *Client) BaseURL() string { return c.rest.BaseURL() }
