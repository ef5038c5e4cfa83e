package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"

	"countersign/internal/auth"
	"countersign/internal/config"
	"countersign/internal/mcpserver"
	"countersign/internal/tool"
)

// serveHTTP serves many clients until ctx is done.
func serveHTTP(ctx context.Context, cfg *config.Config, std streams) error {
	if err := checkExposure(cfg); err != nil {
		return err
	}
	// No client started this process, so there is no client to exclude from
	// approving: the terminal alone decides who may.
	a, err := newApp(ctx, cfg, std, appOptions{lookup: os.LookupEnv, serves: true})
	if err != nil {
		return err
	}
	defer a.close()
	certificate, err := a.certificate(cfg)
	if err != nil {
		return exit{exitUsage, err}
	}
	a.warnExposed(certificate != nil)
	door, err := a.door()
	if err != nil {
		return err
	}
	handler, err := a.handler(ctx, door)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.HTTP)
	if err != nil {
		return fmt.Errorf("listen at --http %s: %w", cfg.HTTP, err)
	}
	keeping, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := a.serveMetrics(keeping, std); err != nil {
		return errors.Join(err, listener.Close())
	}
	a.housekeep(keeping, cfg)
	if err := a.saySettings(ctx, certificate != nil, listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	sayWhere(std, listener.Addr(), certificate != nil, door.token)
	return handler.Serve(ctx, listener, certificate, drainTime)
}

// saySettings logs what the server serves with, and what its operator may not have meant.
func (a *app) saySettings(ctx context.Context, secure bool, at net.Addr) error {
	fields, pin, err := a.serving(ctx)
	if err != nil {
		return err
	}
	for _, setting := range []struct{ name, value string }{{"tokens", a.cfg.Tokens}, {"oauth_issuer", a.cfg.OAuthIssuer}} {
		if setting.value != "" {
			fields = fields.Str(setting.name, setting.value)
		}
	}
	say := fields.Int("tools", len(a.served)).Bool("tls", secure).Stringer("address", at).Logger()
	say.Info().Msg("serving over HTTP")
	if !pin {
		a.warnWithoutPIN()
	}
	return nil
}

// handler returns the HTTP handler for the callers that the door accepts.
func (a *app) handler(ctx context.Context, door door) (*mcpserver.HTTP, error) {
	cfg := a.cfg
	key, err := keyOf(cfg)
	if err != nil {
		return nil, err
	}
	options := a.serverOptions(cfg)
	options.MaxCalls, options.Tools = cfg.MaxCalls, door.tools
	return mcpserver.New(options).HTTP(mcpserver.HTTPOptions{
		Auth: door.auth, Public: door.public, AllowedHosts: cfg.AllowedHosts, AllowedOrigins: cfg.AllowedOrigins, SSE: cfg.SSE, Key: key, Metrics: a.metrics(ctx),
		MaxCallsPerCaller: cfg.CallsEach,
		Ready: func(ctx context.Context) error {
			_, err := a.store.Instance(ctx, a.instance.ID())
			if err == nil && door.ready != nil {
				err = door.ready()
			}
			return err
		},
	}), nil
}

// checkExposure rejects an address that other machines can reach unless
// authentication is configured.
func checkExposure(cfg *config.Config) error {
	if _, _, err := net.SplitHostPort(cfg.HTTP); err != nil {
		return exit{exitUsage, fmt.Errorf("--http takes an address with a port, such as 127.0.0.1:8080, not %q", cfg.HTTP)}
	}
	if onLoopback(cfg.HTTP) || authOptions(cfg).Configured() {
		return nil
	}
	return exit{exitUsage, fmt.Errorf("--http %s can be reached from other machines, and nothing says who may use it: "+
		"give --tokens or --oauth-issuer, or a loopback address such as 127.0.0.1:8080", cfg.HTTP)}
}

// warnExposed warns about an address that other machines can reach where that is not safe,
// or not of use.
func (a *app) warnExposed(secure bool) {
	if a.cfg.TLSKey != "" {
		a.warnReadable("--tls-key", a.cfg.TLSKey)
	}
	if onLoopback(a.cfg.HTTP) {
		return
	}
	if !secure {
		a.log.Warn().Msg("tokens travel as they are: give --tls-cert and --tls-key, or let nobody reach this server but a proxy that speaks TLS")
	}
	if len(a.cfg.AllowedHosts) == 0 {
		a.log.Warn().Msg("clients reach this server by its IP address only, and every name is refused: give --allowed-hosts with the names that they use")
	}
}

// onLoopback reports whether only this machine reaches an address.
func onLoopback(at string) bool {
	host, _, err := net.SplitHostPort(at)
	address, notIP := netip.ParseAddr(host)
	return err == nil && (host == "localhost" || notIP == nil && address.Unmap().IsLoopback())
}

// door is who is let in, and to what.
type door struct {
	auth mcpserver.Authenticator
	// token is the one that was made now, where nothing says who may come.
	token string
	// ready returns an error while callers cannot be let in; nil where that cannot happen.
	ready func() error
	// tools are all that anybody may be let to.
	tools  []*tool.Definition
	public map[string]http.Handler
}

// door lets in those of the file of tokens and of the issuer, and where there is
// neither whoever has a token that is made now, or everybody where that was asked for.
func (a *app) door() (door, error) {
	switch {
	case authOptions(a.cfg).Configured() && a.cfg.NoAuth:
		return door{}, exit{exitUsage, errors.New("--no-auth lets in everybody, and --tokens or --oauth-issuer says who may come: leave one out")}
	case authOptions(a.cfg).Configured():
		return a.callersDoor()
	case a.cfg.NoAuth:
		a.log.Warn().Msg("everybody on this machine can use this server: --no-auth")
		return door{auth: mcpserver.Anyone(a.local()), tools: a.served}, nil
	}
	raw := make([]byte, sha256.Size)
	_, _ = rand.Read(raw) // never fails
	token := base64.RawURLEncoding.EncodeToString(raw)
	one := oneCaller{app: a, auth: auth.OneToken(localPrincipal, sha256.Sum256([]byte(token))), caller: a.local()}
	return door{auth: one, token: token, tools: a.served}, nil
}

func (a *app) certificate(cfg *config.Config) (*tls.Config, error) {
	if cfg.TLSCert == "" {
		return nil, nil
	}
	return mcpserver.Certificate(cfg.TLSCert, cfg.TLSKey, a.log)
}

// sayWhere prints the address of the server for the person who started it. The
// token is shown here and nowhere else.
func sayWhere(std streams, at net.Addr, secure bool, token string) {
	scheme := "http"
	if secure {
		scheme = "https"
	}
	_, _ = fmt.Fprintf(std.err, "countersign: MCP is served at %s://%s/mcp\n", scheme, at)
	if token != "" {
		_, _ = fmt.Fprintf(std.err, "countersign: clients send the header Authorization: Bearer %s (shown once, good until this server ends)\n", token)
	}
}
