package mcpserver

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"
)

// Serve serves on a listener until ctx is done. Then it rejects new calls and waits for
// those under way, for drain at most. Without a certificate it serves plain HTTP.
func (h *HTTP) Serve(ctx context.Context, listener net.Listener, certificate *tls.Config, drain time.Duration) error {
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: headerWait, IdleTimeout: idleWait, MaxHeaderBytes: 64 << 10,
		TLSConfig: certificate, ErrorLog: log.New(logWriter{h.server}, "", 0),
	}
	ended := make(chan error, 1)
	go func() {
		if certificate == nil {
			ended <- srv.Serve(listener)
			return
		}
		ended <- srv.ServeTLS(listener, "", "")
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	h.drain(context.WithoutCancel(ctx), srv, drain)
	return nil
}

// drain waits for the calls under way, and then ends the streams that carry their
// responses. Meanwhile it still accepts connections, so that a proxy reads from /readyz
// that it has to send its requests elsewhere: new calls get 503.
func (h *HTTP) drain(ctx context.Context, srv *http.Server, most time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	began := time.Now()
	h.calls.close()
	h.streams.close()
	waiting := h.calls.underWay()
	if waiting > 0 {
		h.server.opts.Log.Info().Int("calls", waiting).Dur("at_most_ms", most).Msgf("draining, %d calls under way", waiting)
	}
	h.server.goAway() // ends questions and the calls that wait for their answers
	left := h.calls.wait(ctx)
	switch {
	case left > 0:
		h.server.opts.Log.Warn().Int("calls", left).Msg("ended before all calls were answered")
	case waiting > 0:
		h.server.opts.Log.Info().Int("calls", waiting).Dur("ms", time.Since(began)).Msg("drained, all calls were answered")
	}
	h.end()
	if err := srv.Shutdown(ctx); err != nil {
		h.server.opts.Log.Warn().Err(err).Msg("connections were cut off")
	}
	_ = srv.Close()
}
