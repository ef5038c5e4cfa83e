package mcpclient

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/client/transport"
)

// Place is a server that is reached over HTTP.
type Place struct {
	// URL is the URL of the server without a path.
	URL string
	// Token goes into the Authorization header; empty for none.
	Token string
	// Oldest uses the transport of revision 2024-11-05.
	Oldest bool
}

// Reach connects to a server over HTTP. It uses the options that concern the client and
// ignores those of the process.
func Reach(ctx context.Context, p Place, opts Options) (*Client, error) {
	header := map[string]string{}
	if p.Token != "" {
		header["Authorization"] = "Bearer " + p.Token
	}
	by, err := p.transport(header)
	if err != nil {
		return nil, fmt.Errorf("reach %s: %w", p.URL, err)
	}
	opts.Legacy = opts.Legacy || p.Oldest
	c := &Client{tap: &tap{Interface: by}}
	if err := c.begin(ctx, opts, &httpTap{c.tap, by}); err != nil {
		return nil, err
	}
	return c, nil
}

func (p Place) transport(header map[string]string) (transport.HTTPConnection, error) {
	if p.Oldest {
		return transport.NewSSE(p.URL+"/sse", transport.WithHeaders(header))
	}
	return transport.NewStreamableHTTP(p.URL+"/mcp", transport.WithHTTPHeaders(header))
}

// httpTap is a tap that passes the negotiated revision to its transport.
type httpTap struct {
	*tap
	http transport.HTTPConnection
}

// SetProtocolVersion implements transport.HTTPConnection.
func (t *httpTap) SetProtocolVersion(version string) { t.http.SetProtocolVersion(version) }
