package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"countersign/internal/config"
	"countersign/internal/sandboxkit"
)

// sandboxServer serves the sandboxes of all clouds on loopback.
type sandboxServer struct {
	address string
	http    *http.Server
	done    chan error
}

// startSandbox serves the sandboxes of all clouds at one address, each under its
// own path.
func startSandbox(ctx context.Context, cfg *config.Config, listen string) (*sandboxServer, error) {
	if host, _, err := net.SplitHostPort(listen); err != nil || net.ParseIP(host) == nil || !net.ParseIP(host).IsLoopback() {
		return nil, exit{exitUsage, fmt.Errorf("--listen takes a loopback address such as 127.0.0.1:0, not %q", listen)}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("start sandbox: %w", err)
	}
	seed := cfg.SandboxSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	s := &sandboxServer{address: listener.Addr().String(), done: make(chan error, 1)}
	s.http = &http.Server{Handler: sandboxRoutes(seed), ReadHeaderTimeout: 10 * time.Second}
	go func() { s.done <- s.http.Serve(listener) }()
	return s, nil
}

func sandboxRoutes(seed uint64) http.Handler {
	kit := sandboxkit.NewKit(sandboxkit.NewRunningClock(), seed)
	mux := http.NewServeMux()
	mux.Handle("/_sandbox/", kit.Control())
	for _, entry := range clouds() {
		vendor := string(entry.vendor)
		handler := entry.sandbox(kit)
		mux.Handle("/_sandbox/"+vendor+"/", handler.Control())
		mux.Handle("/"+vendor+"/", http.StripPrefix("/"+vendor, kit.Handler(vendor, handler)))
	}
	return mux
}

// sandboxKey is a key that every sandbox accepts. It opens nothing else.
const sandboxKey = "sandbox"

// variables returns the environment variables for a server that uses this sandbox.
func (s *sandboxServer) variables() map[string]string {
	vars := map[string]string{}
	for _, entry := range clouds() {
		vars[entry.prefix+"_API_KEY"] = sandboxKey
		vars[entry.prefix+"_BASE_URL"] = "http://" + s.address + "/" + string(entry.vendor) + pathOf(entry.baseURL)
	}
	return vars
}

// pathOf returns the path of a vendor's base URL, which its sandbox serves too.
func pathOf(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil {
		return ""
	}
	return u.Path
}

// environment replaces the variables of every cloud by those of the sandbox, so
// that no key and no base URL of the real environment is used.
func (s *sandboxServer) environment(lookup func(string) (string, bool)) func(string) (string, bool) {
	vars := s.variables()
	return func(name string) (string, bool) {
		for _, entry := range clouds() {
			if len(name) > len(entry.prefix) && name[:len(entry.prefix)+1] == entry.prefix+"_" {
				value, ok := vars[name]
				return value, ok
			}
		}
		return lookup(name)
	}
}

func (s *sandboxServer) close() { _ = s.http.Close() }

func newSandbox(cfg *config.Config) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve sandboxes of all clouds on loopback, as a process of their own",
		Long: "Serve a stateful sandbox of every cloud on loopback. It prints the environment variables with which a server uses it, one JSON object on one line. " +
			"Faults are switched on and the clock is set forward under /_sandbox/.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := startSandbox(cmd.Context(), cfg, listen)
			if err != nil {
				return err
			}
			line, err := json.Marshal(struct {
				Address     string            `json:"address"`
				Environment map[string]string `json:"environment"`
			}{s.address, s.variables()})
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintln(cmd.OutOrStdout(), string(line))
			select {
			case <-cmd.Context().Done():
				s.close()
				return nil
			case err := <-s.done:
				if errors.Is(err, http.ErrServerClosed) {
					return nil
				}
				return fmt.Errorf("sandbox: %w", err)
			}
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "loopback address to listen on; port 0 takes a free one")
	return cmd
}
