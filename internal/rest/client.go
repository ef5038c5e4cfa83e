package rest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/internal/cloud"
)

const (
	defaultTimeout = 30 * time.Second
	maxInFlight    = 8 // concurrent requests of a client
	// dialTimeout limits each step of opening a connection, idleTimeout the time for
	// which an unused one is kept.
	dialTimeout = 10 * time.Second
	idleTimeout = 90 * time.Second
	// maxBody is the largest response body that is read, in bytes.
	maxBody = 8 << 20
)

// Options configure a Client.
type Options struct {
	Account cloud.AccountName
	// BaseURL is https, or http on loopback; paths are appended to it.
	BaseURL string
	// Credential returns the key; it is called for each request. The agent receives its
	// error with the kind ErrUnauthorized.
	Credential func(ctx context.Context) (cloud.Secret, error)
	// Authorize puts the key into the header of a request; "Authorization: Bearer <key>"
	// when nil.
	Authorize func(h http.Header, key cloud.Secret)
	// KeyName is the environment variable that the key comes from, for the hint of a
	// refused key.
	KeyName string
	// DecodeError reads a vendor's error body into Message, Code, Issues and RequestID
	// of e. Kind, Status and RetryAfter are set already; it may refine Kind, add a Hint
	// and, where no header has it, RetryAfter. When nil, only the status is used.
	DecodeError func(body []byte, e *cloud.Error)
	// Version is the version in the User-Agent.
	Version string
	// Timeout limits one attempt; 30 s when zero.
	Timeout time.Duration
	// Retries is how often a failed read is sent again. Writes are never sent again.
	Retries int
	// Transport sends the requests; the default one when nil.
	Transport http.RoundTripper
	// Observe is called for every request; it may be nil.
	Observe Observer
}

// budget limits a call with all its attempts and the pauses between them.
func (o Options) budget() time.Duration { return o.Timeout * 3 / 2 }

// Client calls one vendor with one account's credential.
type Client struct {
	opts   Options
	base   *url.URL
	http   *http.Client
	seats  chan struct{}
	outage *outage
}

// New checks the base URL and returns a client. It makes no request.
func New(opts Options) (*Client, error) {
	base, err := parseBaseURL(opts.BaseURL)
	if err != nil {
		return nil, err
	}
	if opts.Timeout <= 0 {
		opts.Timeout = defaultTimeout
	}
	if opts.Authorize == nil {
		opts.Authorize = bearer
	}
	if opts.DecodeError == nil {
		opts.DecodeError = func([]byte, *cloud.Error) {}
	}
	c := &Client{opts: opts, base: base, seats: make(chan struct{}, maxInFlight), outage: newOutage()}
	if opts.Transport == nil {
		opts.Transport = transport()
	}
	c.http = &http.Client{CheckRedirect: c.checkRedirect, Transport: opts.Transport}
	return c, nil
}

// transport uses the proxy and trusts the certificates that the usual environment
// variables name. It keeps idle connections for all concurrent requests.
func transport() http.RoundTripper {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: maxInFlight,
		IdleConnTimeout:     idleTimeout,
		TLSHandshakeTimeout: dialTimeout,
	}
}

func bearer(h http.Header, key cloud.Secret) { h.Set("Authorization", "Bearer "+key.Reveal()) }

// parseBaseURL accepts https to any host and http to loopback only, so that a
// key never travels in the clear.
func parseBaseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("base URL %q is not a URL such as https://api.example.com", raw)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("a base URL takes neither credentials nor a query")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("base URL %q must be https (http is for loopback only)", raw)
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// BaseURL returns the base URL of all requests.
func (c *Client) BaseURL() string { return c.base.String() }

// errRedirect says that a redirect was not followed.
var errRedirect = errors.New("redirect refused")

// checkRedirect follows redirects on the same host, such as for a trailing slash. It
// refuses to send a credential to another host. It also refuses to turn a write into a
// read, as HTTP clients do after a 301 to 303.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	switch {
	case req.URL.Host != c.base.Host || req.URL.Scheme != c.base.Scheme:
		return fmt.Errorf("%w: it leads to another host", errRedirect)
	case req.Method != via[0].Method:
		return fmt.Errorf("%w: it turns %s into %s", errRedirect, via[0].Method, req.Method)
	case len(via) >= 3:
		return fmt.Errorf("%w: there are too many", errRedirect)
	}
	return nil
}
