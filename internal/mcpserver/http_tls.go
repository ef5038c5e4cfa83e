package mcpserver

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"

	"countersign/internal/refresh"
)

// certificate is read from its files again when they change, so that a renewed one
// needs no restart.
type certificate struct {
	files  refresh.Value[*tls.Certificate]
	served atomic.Pointer[tls.Certificate]
	log    zerolog.Logger

	// mu is held by the handshake that looks at the files.
	mu sync.Mutex
	// failed is the last error that was logged; empty after a success.
	failed string
}

// Certificate serves the certificate and key of two files of PEM.
func Certificate(certFile, keyFile string, log zerolog.Logger) (*tls.Config, error) {
	c := &certificate{log: log, files: refresh.Value[*tls.Certificate]{
		Paths: []string{certFile, keyFile},
		Parse: func(texts [][]byte) (*tls.Certificate, error) {
			pair, err := tls.X509KeyPair(texts[0], texts[1])
			return &pair, err
		},
	}}
	first, err := c.files.Get()
	if err != nil {
		return nil, fmt.Errorf("read the certificate of --tls-cert and --tls-key: %w", err)
	}
	c.served.Store(first)
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get(), nil },
	}, nil
}

// get returns the certificate to serve. One handshake at a time looks whether the
// files changed; the others do not wait for it.
func (c *certificate) get() *tls.Certificate {
	if !c.mu.TryLock() {
		return c.served.Load()
	}
	defer c.mu.Unlock()
	now, err := c.files.Get()
	before := c.served.Load()
	switch {
	case err != nil && err.Error() != c.failed:
		c.failed = err.Error()
		c.log.Error().Err(err).Msg("the new certificate cannot be used; the one before is served on")
	case err == nil:
		c.failed = ""
		c.served.Store(now)
		if !bytes.Equal(now.Certificate[0], before.Certificate[0]) {
			c.log.Info().Msg("a new certificate is served")
		}
	}
	return c.served.Load()
}
