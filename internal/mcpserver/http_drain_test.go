package mcpserver

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/store"
	"countersign/internal/tool"
)

// TestDrain pins the end of a server: it is no longer ready, new requests are rejected,
// calls under way are answered and their writes stored, questions and streams end.
func TestDrain(t *testing.T) {
	for _, era := range eras() {
		t.Run(string(era), func(t *testing.T) {
			var log lockedBuilder
			way := newGate()
			write := act(tool.Change, func(ctx context.Context) error { return way.wait(ctx, actInput{}) })
			w := newWeb(t, wireOptions{tools: []*tool.Definition{look(nothingElse), write}, log: &log}, nil)
			v, old := w.visit("alice", era, forms), w.visitOld("alice")
			stream, err := w.open(t.Context(), http.MethodGet, "/mcp", "alice", "", sessionHeader+": "+w.visit("alice", legacy, "{}").session)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = stream.Body.Close() }()
			writing := background(v, "act")
			way.arrived(t, 1)
			old.start("act", named("old"))
			way.arrived(t, 1)
			w.stop()
			// A proxy that asks anew each time learns of it.
			eventually(t, "it is no longer ready", func() bool { return w.must(http.MethodGet, "/readyz", "", "").status == http.StatusServiceUnavailable })
			a := w.must(http.MethodPost, "/mcp", "bob", ping)
			if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "about to end") {
				t.Errorf("a new request: %d %v %s", a.status, a.header, a.body)
			}
			if a := w.must(http.MethodGet, "/healthz", "", ""); a.status != http.StatusOK {
				t.Errorf("health is %d", a.status)
			}
			select {
			case m := <-writing:
				t.Fatalf("answered before it was done: %s", m.raw)
			case err := <-w.ended:
				t.Fatalf("ended with calls under way: %v", err)
			case <-time.After(50 * time.Millisecond):
			}
			way.open()
			if m := next(t, writing); m.status() != "done" {
				t.Errorf("the call under way: %s", m.raw)
			}
			if m := next(t, old.messages); m.status() != "done" {
				t.Errorf("that of the oldest transport: %s", m.raw)
			}
			if err := <-w.ended; err != nil {
				t.Error(err)
			}
			w.ended <- nil // for the cleanup
			if _, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://")); err == nil {
				t.Error("it listens still")
			}
			if text := log.String(); !strings.Contains(text, "draining, 2 calls under way") || !strings.Contains(text, "drained, all calls were answered") {
				t.Errorf("the log: %s", text)
			}
			ops, err := w.store.Operations(t.Context(), store.OperationQuery{})
			if err != nil || len(ops) != 2 {
				t.Fatal(ops, err)
			}
			for _, op := range ops {
				if op.State != "done" || op.DeliveredAt.IsZero() {
					t.Errorf("stored as %s, delivered %s", op.State, op.DeliveredAt)
				}
			}
		})
	}
}

// TestDrainOfNothing checks that a server without calls under way ends at once and says
// nothing of a drain.
func TestDrainOfNothing(t *testing.T) {
	var log lockedBuilder
	w := newWeb(t, wireOptions{tools: looking, log: &log}, nil)
	w.must(http.MethodPost, "/mcp", "alice", ping)
	begun := time.Now()
	w.stop()
	if err := <-w.ended; err != nil {
		t.Error(err)
	}
	w.ended <- nil // for the cleanup
	if took := time.Since(begun); took > time.Second {
		t.Errorf("it took %s", took)
	}
	if strings.Contains(log.String(), "drain") {
		t.Errorf("the log: %s", log.String())
	}
}

// TestDrainEndsQuestions pins that a call that waits for a person ends immediately.
func TestDrainEndsQuestions(t *testing.T) {
	w := newWeb(t, wireOptions{tools: []*tool.Definition{act(tool.Disrupt, nothing)}}, nil)
	v := w.visit("alice", legacy, forms)
	messages, err := v.act(t.Context(), acme)
	if err != nil {
		t.Fatal(err)
	}
	next(t, messages)
	begun := time.Now()
	w.stop()
	if m := next(t, messages); m.status() != "approval_required" {
		t.Errorf("%s", m.raw)
	}
	if took := time.Since(begun); took > patience/2 {
		t.Errorf("it took %s", took)
	}
}

// TestDrainIsBounded pins that a call that does not end delays the end only for a while.
func TestDrainIsBounded(t *testing.T) {
	leaksNothing(t)
	var log lockedBuilder
	way := newGate()
	s, _ := newServer(t, wireOptions{tools: []*tool.Definition{look(way.wait)}, log: &log})
	h := s.HTTP(HTTPOptions{Auth: Anyone(s.opts.Caller), MaxCallsPerCaller: 5})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(ctx, listener, nil, 50*time.Millisecond) }()
	w := &web{t: t, server: s, url: "http://" + listener.Addr().String(), client: &http.Client{Transport: &http.Transport{}}}
	held := background(&visitor{web: w, era: modern, caps: "{}"}, "look")
	way.arrived(t, 1)
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("the server does not end")
	}
	way.open()
	<-held
	if !strings.Contains(log.String(), "before all calls were answered") {
		t.Errorf("the log: %s", log.String())
	}
}

// TestReadiness pins that a server that cannot reach its state reports that, without the
// error.
func TestReadiness(t *testing.T) {
	var log lockedBuilder
	w := newWeb(t, wireOptions{tools: looking, log: &log}, func(o *HTTPOptions) {
		o.Ready = func(context.Context) error { return errors.New("open /var/lib/secret") }
	})
	if a := w.must(http.MethodGet, "/readyz", "", ""); a.status != 503 || strings.Contains(a.body, "/var/lib") || !strings.Contains(a.body, "the log of the server says why") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := w.must(http.MethodGet, "/healthz", "", ""); a.status != 200 {
		t.Errorf("alive: %d", a.status)
	}
	if !strings.Contains(log.String(), "/var/lib/secret") {
		t.Error("the log does not say why")
	}
}

// TestCertificate pins that a certificate is served, that a new one replaces it, and
// that an invalid one does not.
func TestCertificate(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	var log lockedBuilder
	if _, err := Certificate(certFile, keyFile, zerolog.New(&log)); err == nil || !strings.Contains(err.Error(), "--tls-cert") {
		t.Errorf("no files: %v", err)
	}
	writeCertificate(t, certFile, keyFile, 1)
	config, err := Certificate(certFile, keyFile, zerolog.New(&log))
	if err != nil {
		t.Fatal(err)
	}
	leaksNothing(t)
	s, _ := newServer(t, wireOptions{tools: looking})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.HTTP(HTTPOptions{Auth: Anyone(s.opts.Caller), MaxCallsPerCaller: 5}).Serve(ctx, listener, config, patience)
	}()
	serial := func() int64 {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}}
		r, err := client.Get("https://" + listener.Addr().String() + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Body.Close() }()
		if r.StatusCode != 200 || r.ProtoMajor != 2 {
			t.Errorf("%d over HTTP/%d", r.StatusCode, r.ProtoMajor)
		}
		return r.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Errorf("certificate %d is served", got)
	}
	if err := os.WriteFile(certFile, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the broken one is seen", func() bool { return serial() == 1 && strings.Contains(log.String(), "cannot be used") })
	writeCertificate(t, certFile, keyFile, 2)
	eventually(t, "the new one is served", func() bool { return serial() == 2 })
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestCertificateChangesWithinOneTick pins that a new certificate is served even if its
// files have the size and modification time of the ones before.
func TestCertificateChangesWithinOneTick(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	sizes := func() [2]int64 {
		var sizes [2]int64
		for i, file := range []string{certFile, keyFile} {
			info, err := os.Stat(file)
			if err != nil || os.Chtimes(file, now, now) != nil {
				t.Fatal(err)
			}
			sizes[i] = info.Size()
		}
		return sizes
	}
	writeCertificate(t, certFile, keyFile, 1)
	before := sizes()
	config, err := Certificate(certFile, keyFile, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	for writeCertificate(t, certFile, keyFile, 2); sizes() != before; {
		writeCertificate(t, certFile, keyFile, 2)
	}
	eventually(t, "the new one is served", func() bool {
		pair, err := config.GetCertificate(nil)
		return err == nil && pair.Leaf.SerialNumber.Int64() == 2
	})
}

func writeCertificate(t *testing.T, certFile, keyFile string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{keyFile: {Type: "EC PRIVATE KEY", Bytes: raw}, certFile: {Type: "CERTIFICATE", Bytes: cert}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
