package voltagepark_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// rawServer is the sandbox without our client between.
type rawServer struct{ url string }

func newRawServer(t *testing.T, h house) rawServer {
	t.Helper()
	server := httptest.NewServer(h.kit.Handler(vendor, h.sandbox))
	t.Cleanup(server.Close)
	return rawServer{server.URL}
}

func (s rawServer) send(t *testing.T, method, path string, body []byte) (status int, answer []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sandbox")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}
