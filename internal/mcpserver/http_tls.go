package mcpserver

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// certificateEvery is how often the files are looked at, when somebody connects.
const certificateEvery = 2 * time.Second

// certificate is read from files again when they change, so that one that is
// renewed needs no restart.
type certificate struct {
	certFile, keyFile string
	log               zerolog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	state  string
	looked time.Time
}

// Certificate serves the certificate and key of two files of PEM.
func Certificate(certFile, keyFile string, log zerolog.Logger) (*tls.Config, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.load(); err != nil {
		return nil, fmt.Errorf("read the certificate of --tls-cert and --tls-key: %w", err)
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.get(), nil },
	}, nil
}

func (c *certificate) load() error {
	state := c.files()
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	c.state, c.looked = state, time.Now()
	if err != nil {
		return err
	}
	c.loaded = &pair
	return nil
}

// files tells one state of the files from another.
func (c *certificate) files() string {
	state := ""
	for _, file := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(file); err == nil {
			state += fmt.Sprint(info.ModTime().UnixNano(), " ", info.Size(), " ")
		}
	}
	return state
}

func (c *certificate) get() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < certificateEvery {
		return c.loaded
	}
	c.looked = time.Now()
	if c.files() == c.state {
		return c.loaded
	}
	if err := c.load(); err != nil {
		c.log.Error().Err(err).Msg("the new certificate cannot be used; the one before is served on")
		return c.loaded
	}
	c.log.Info().Msg("a new certificate is served")
	return c.loaded
}
