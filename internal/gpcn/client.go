package gpcn

import (
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// DefaultBaseURL is the URL of the API on page "Create a new virtual machine".
const DefaultBaseURL = "https://api.gpcn.com/v1"

// Vendor is the name of this cloud.
const Vendor cloud.Vendor = "gpcn"

// Client calls the API with one tenant's key. It has one method per operation of
// the vendor. Each returns the vendor's own type without the envelope, or a
// *cloud.Error.
type Client struct {
	rest *rest.Client
}

// NewClient returns a client; an empty base URL means DefaultBaseURL. Its requests
// always carry the key, and it reads error bodies in the vendor's form. NewClient
// sends nothing.
func NewClient(opts rest.Options) (*Client, error) {
	if opts.BaseURL == "" {
		opts.BaseURL = DefaultBaseURL
	}
	opts.Authorize = func(h http.Header, key cloud.Secret) { h.Set("X-API-Key", key.Reveal()) }
	opts.DecodeError = decodeError
	c, err := rest.New(opts)
	if err != nil {
		return nil, err
	}
	return &Client{rest: c}, nil
}

// BaseURL returns the URL that all requests of the client begin with.
func (c *Client) BaseURL() string { return c.rest.BaseURL() }
