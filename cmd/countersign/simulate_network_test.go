package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"time"

	"countersign/internal/cloud"
)

// simulatedNetwork delivers the requests of a server to the sandboxes, with faults.
type simulatedNetwork struct {
	*simulation
	server *server
}

// outboundRequest is a request that a server sends to a cloud.
type outboundRequest struct {
	vendor       cloud.Vendor
	method, path string
	header       http.Header
	body         []byte
}

func (d outboundRequest) String() string { return d.method + " " + string(d.vendor) + " " + d.path }

// writes reports whether a request changes something. Two reads are POST requests.
func (d outboundRequest) writes() bool {
	return d.method != http.MethodGet && d.path != "/v1/resource/jobs" && d.path != "/api/v1/validate/cloudinit"
}

// fields returns the members of the body, or nil if it has none.
func (d outboundRequest) fields() map[string]any {
	var fields map[string]any
	if json.Unmarshal(d.body, &fields) != nil {
		return nil
	}
	return fields
}

// networkFault is a fault of a request or of its response.
type networkFault string

const (
	none          networkFault = ""
	refused       networkFault = "refused"          // no connection
	resetBefore   networkFault = "reset before"     // the connection breaks before the cloud has the request
	resetAfter    networkFault = "reset after"      // the connection breaks after the cloud has done it
	timeoutBefore networkFault = "timeout before"   // the request is lost
	timeoutAfter  networkFault = "timeout after"    // it is done, and the response is lost
	late          networkFault = "late"             // the request arrives after the timeout of the client
	slowly        networkFault = "slow"             // the request and the response are slow
	failing       networkFault = "500"              // the cloud fails and does nothing
	badGateway    networkFault = "502 after commit" // the cloud does it, and a proxy fails
	garbled       networkFault = "garbled"          // it is done, and the response is not readable
	limited       networkFault = "429"              // too many requests
	echo          networkFault = "400 with an echo" // the error repeats the request
)

// latest is how long after the timeout of its client a late request can arrive.
const latest = 50 * time.Second

// RoundTrip implements http.RoundTripper.
func (n *simulatedNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	d := outboundRequest{method: r.Method, path: r.URL.Path, header: r.Header.Clone()}
	for vendor, c := range n.clouds {
		if c.host() == r.URL.Host {
			d.vendor = vendor
		}
	}
	if r.Body != nil {
		var err error
		if d.body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	c := callOf(r.Context())
	if c == nil {
		n.violate("called", "%s leaves and nobody knows for whom", d)
		return nil, errKilled
	}
	n.turns.wait(c.who, fmt.Sprintf("%s?%s", d, r.URL.RawQuery))
	if d.writes() {
		c.maybeDisconnect("before a request")
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if d.writes() && n.rates.dies(n.simulation, n.server, "before a request") {
		n.kill(n.server, "before a request")
	}
	if !n.alive(n.server.name) {
		return nil, errKilled
	}
	n.judgeHeaders(d)
	fault := n.rates.network(n.simulation, d)
	if d.writes() {
		n.note("%s: %s %s%s", c.who, d, redacted(d.body), suffix(fault))
		n.judge(c, d)
	} else if fault != none {
		n.note("%s: %s%s", c.who, d, suffix(fault))
	}
	resp, err := n.carry(r, c, d, fault)
	if d.writes() {
		c.maybeDisconnect("after a request")
	}
	if d.writes() && n.rates.dies(n.simulation, n.server, "after a request") {
		n.kill(n.server, "after a request")
	}
	if !n.alive(n.server.name) {
		return nil, errKilled
	}
	return resp, err
}

func suffix(fault networkFault) string {
	if fault == none {
		return ""
	}
	return " [" + string(fault) + "]"
}

// redacted returns a body without the planted secrets.
func redacted(body []byte) string { return strings.ReplaceAll(string(body), planted(""), "***") }

// carry delivers a request with a fault.
func (n *simulatedNetwork) carry(r *http.Request, c *simulatedCall, d outboundRequest, fault networkFault) (*http.Response, error) {
	if fault == refused {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("connection refused")}
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	broken := &net.OpError{Op: "read", Net: "tcp", Err: fmt.Errorf("connection reset by peer")}
	e := n.recordWrite(c, d)
	switch fault {
	case resetBefore:
		return nil, broken
	case resetAfter:
		n.deliver(r, c, d, e)
		return nil, broken
	case timeoutBefore:
		return nil, n.waitForTimeout(r, c, d)
	case timeoutAfter:
		n.deliver(r, c, d, e)
		return nil, n.waitForTimeout(r, c, d)
	case late:
		after := n.between(time.Second, latest)
		n.start(c.who+" late", true, func() {
			<-r.Context().Done()
			time.Sleep(after)
			n.turns.wait(c.who+" late", d.String())
			n.note("%s: only now arrives %s", c.who, d)
			n.deliver(r, c, d, e)
		})
		return nil, n.waitForTimeout(r, c, d)
	case slowly:
		time.Sleep(n.between(time.Second, 25*time.Second))
		n.turns.wait(c.who, d.String())
		if !n.alive(n.server.name) {
			return nil, errKilled
		}
	case failing:
		return response(http.StatusInternalServerError, `{"message":"It failed for `+echoed(d)+`","detail":"It failed for `+echoed(d)+`"}`), nil
	case badGateway:
		n.deliver(r, c, d, e)
		return response(http.StatusBadGateway, "<html><body>502 Bad Gateway</body></html>"), nil
	case garbled:
		n.deliver(r, c, d, e)
		return response(http.StatusOK, "{\"data\": \x00\xff[ #"), nil
	case limited:
		return response(http.StatusTooManyRequests, `{"message":"Slow down","detail":"Slow down"}`), nil
	case echo:
		return response(http.StatusBadRequest, `{"message":"No: `+echoed(d)+`","detail":"No: `+echoed(d)+`"}`), nil
	}
	return n.deliver(r, c, d, e), nil
}

// echoed returns what a careless vendor repeats of a request in its error, escaped
// for JSON. Cloud-init is left out, because it is a text of the agent and not a
// secret.
func echoed(d outboundRequest) string {
	text, err := json.Marshal(strings.Join(append(d.header.Values("Authorization"), d.header.Get("X-Api-Key"), d.header.Get("X-Api-Token"), string(d.body)), " "))
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(strings.Trim(string(text), `"`), plantedBoot, "")
}

// waitForTimeout waits until the client gives up. A write must not be cancelled.
func (n *simulatedNetwork) waitForTimeout(r *http.Request, c *simulatedCall, d outboundRequest) error {
	<-r.Context().Done()
	n.turns.wait(c.who, d.String()+" given up")
	n.invariant("what has left goes on", !d.writes() || !errors.Is(r.Context().Err(), context.Canceled), "%s was cancelled on its way", d)
	return r.Context().Err()
}

func response(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
	}
}

// deliver passes the request to the sandbox.
func (n *simulatedNetwork) deliver(r *http.Request, c *simulatedCall, d outboundRequest, e *sentWrite) *http.Response {
	at := r.Clone(context.WithoutCancel(r.Context()))
	at.Body = io.NopCloser(bytes.NewReader(d.body))
	w := httptest.NewRecorder()
	n.clouds[d.vendor].handler.ServeHTTP(w, at)
	if d.writes() {
		n.note("%s: %s answers %d %s", c.who, d.vendor, w.Code, strings.TrimSpace(redacted(w.Body.Bytes())))
		e.recordResponse(w.Code, w.Body.Bytes())
		n.recordNames()
	} else {
		if w.Code < 300 {
			c.seen.Write(w.Body.Bytes())
		}
	}
	return w.Result()
}
