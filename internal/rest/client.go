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
	maxInFlight    = 8 // requests under way at a time
	// dialTimeout bounds each step of making a connection, idleTimeout how long one
	// is kept that nobody uses.
	dialTimeout = 10 * time.Second
	idleTimeout = 90 * time.Second
	// maxBody is the largest answer that is read.
	maxBody = 8 << 20
)

// Options configure a Client.
type Options struct {
	Account cloud.AccountName
	// BaseURL is https, or http on loopback; paths are appended to it.
	BaseURL string
	// Credential yields the key when a request needs it. It is asked lazily, and
	// its error reaches the agent as kind ErrUnauthorized.
	Credential func(ctx context.Context) (cloud.Secret, error)
	// Authorize puts the key into a request's header. Without one it is sent as
	// "Authorization: Bearer <key>".
	Authorize func(h http.Header, key cloud.Secret)
	// KeyName is the environment variable that the credential comes from; the
	// hint of a refused key names it.
	KeyName string
	// DecodeError reads a vendor's error body into Message, Code, Issues and
	// RequestID of e, and may refine Kind, add a Hint and, where no header says it,
	// RetryAfter; Kind, Status and RetryAfter are set already. Without one, errors
	// are told by their status.
	DecodeError func(body []byte, e *cloud.Error)
	// Version stands in the User-Agent.
	Version string
	// Timeout bounds one attempt; 30 s when zero.
	Timeout time.Duration
	// Retries is how often a read that failed is attempted again. Writes never are.
	Retries int
	// Transport carries the requests; the usual one when nil.
	Transport http.RoundTripper
	// Observe is told of every request; nil for nobody.
	Observe Observer
}

// budget bounds a call with all its attempts and the pauses between them.
func (o Options) budget() time.Duration { return o.Timeout * 3 / 2 }

// Client calls one vendor with one account's credential.
type Client struct {
	opts   Options
	base   *url.URL
	http   *http.Client
	seats  chan struct{}
	outage *outage
}

// New checks the base URL and makes a client. It uses no network.
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

// transport goes through the proxy and trusts the certificates that the usual
// variables name, and keeps a connection for every request that may be under way.
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

// BaseURL is where the client's requests go.
func (c *Client) BaseURL() string { return c.base.String() }

// errRedirect is any redirect that is not followed.
var errRedirect = errors.New("redirect refused")

// checkRedirect follows a vendor's own trailing-slash redirects. It refuses to
// carry a credential to another host, and to turn a write into a read, which is
// what clients make of a 301 to 303.
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
