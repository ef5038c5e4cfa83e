package voltagepark

import (
	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// DefaultBaseURL is the URL of the API. The API page prints an empty host; all known
// clients use this one.
const DefaultBaseURL = "https://cloud-api.voltagepark.com/api/v1"

// Vendor is the name of this cloud.
const Vendor cloud.Vendor = "voltagepark"

// Client calls the API with one organization's key. It has one method per documented
// operation. Each returns the vendor's own type, or a *cloud.Error.
type Client struct {
	rest *rest.Client
}

// NewClient returns a client; an empty base URL means DefaultBaseURL. It reads error
// bodies in the vendor's form. NewClient sends nothing.
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

// BaseURL returns the URL that all requests of the client begin with.
func (c *Client) BaseURL() string { return c.rest.BaseURL() }
