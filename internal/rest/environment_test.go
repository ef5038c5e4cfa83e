package rest_test

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"countersign/internal/rest"
)

// readURL makes the test binary read from a URL and print the result. It is a process of
// its own because the variables of proxies and certificates are read once per process.
const readURL = "REST_TEST_READ_URL"

func TestMain(m *testing.M) {
	url := os.Getenv(readURL)
	if url == "" {
		os.Exit(m.Run())
	}
	client, err := rest.New(rest.Options{BaseURL: url, Credential: giveKey})
	if err == nil {
		_, err = rest.Get[thing](context.Background(), client, "read", "/", nil)
	}
	fmt.Printf("error: %v\n", err)
}

// readWith reads from a URL in a process with these variables.
func readWith(t *testing.T, url string, env ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(env, readURL+"="+url, "HOME="+t.TempDir(), "PATH="+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// TestTheUsualProxy pins that requests use the proxy in HTTPS_PROXY, except for hosts
// in NO_PROXY.
func TestTheUsualProxy(t *testing.T) {
	var asked []string
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host)
		w.WriteHeader(http.StatusForbidden)
	})
	if out := readWith(t, "https://api.example.invalid", "HTTPS_PROXY="+proxy); !strings.Contains(out, "cloud_unavailable") {
		t.Errorf("through a proxy that refuses: %s", out)
	}
	if len(asked) != 1 || asked[0] != "CONNECT api.example.invalid:443" {
		t.Errorf("the proxy was asked for %q", asked)
	}
	readWith(t, "https://api.example.invalid", "HTTPS_PROXY="+proxy, "NO_PROXY=example.invalid")
	if len(asked) != 1 {
		t.Errorf("the proxy was asked for what it is not for: %q", asked)
	}
}

// TestTheUsualCertificates pins that a private CA in SSL_CERT_FILE is trusted.
func TestTheUsualCertificates(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("the platform's own store is used, which has no variable")
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"id":"one"}`) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := readWith(t, server.URL, "SSL_CERT_FILE="+file); out != "error: <nil>\n" {
		t.Errorf("with the CA: %s", out)
	}
	if out := readWith(t, server.URL); !strings.Contains(out, "cloud_unavailable") {
		t.Errorf("without the CA: %s", out)
	}
}
