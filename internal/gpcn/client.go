package gpcn

import (
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// DefaultBaseURL is where the API lives, as page "Create a new virtual machine"
// has it.
const DefaultBaseURL = "https://api.gpcn.com/v1"

// Vendor is the name of this cloud.
const Vendor cloud.Vendor = "gpcn"

// Client calls the API with one tenant's key. Its methods are the vendor's
// operations, one each, and answer the vendor's own shapes without the envelope;
// failures are *cloud.Error.
type Client struct {
	rest *rest.Client
}

// NewClient makes a client. An empty base URL means DefaultBaseURL; the key is
// always sent and error bodies are always read the vendor's way. It uses no
// network.
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

// BaseURL is where the client's requests go.
func (c *Client) BaseURL() string { return c.rest.BaseURL() }
