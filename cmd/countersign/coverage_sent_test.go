package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/tool"
)

// TestReachCoversWhatIsSent calls every read tool that needs no ID on the sandboxes,
// and checks that every request sent is in its row of the table.
func TestReachCoversWhatIsSent(t *testing.T) {
	server, err := startSandbox(t.Context(), &config.Config{}, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.close)
	lookup := server.environment(func(string) (string, bool) { return "", false })
	definitions, err := catalogue(t.Context(), &config.Config{Timeout: time.Minute}, lookup)
	if err != nil {
		t.Fatal(err)
	}
	r := newReach(t, vendorNames())
	rows := map[string]map[string]*coverageRow{}
	for _, name := range vendorNames() {
		rows[name] = map[string]*coverageRow{}
		for _, o := range r.operation {
			if o.cloud == name {
				rows[name][o.key()] = &coverageRow{operation: o}
			}
		}
	}
	played := 0
	for _, d := range definitions {
		if d.Effect > tool.Read || strings.HasSuffix(d.Name, "_operation") || strings.HasSuffix(d.Name, "_operations") {
			continue
		}
		can := r.operations(d.Name)
		for _, name := range vendorNames() {
			call, err := d.Decode(fmt.Appendf(nil, `{"account":%q}`, name))
			if err != nil {
				continue // it needs more arguments, or another account
			}
			before := len(requestsOf(t, server))
			if _, err := call.Read(t.Context()); err != nil && !cloud.IsKind(err, cloud.ErrInvalid) {
				t.Errorf("%s on %s: %v", d.Name, name, err)
			}
			for _, sent := range requestsOf(t, server)[before:] {
				row := routed(rows[sent.Vendor], sent.Method, sent.Path)
				if row == nil || !can[row.key()] {
					t.Errorf("%s sent %s %s %s, which is not attributed to it", d.Name, sent.Vendor, sent.Method, sent.Path)
				}
				played++
			}
		}
	}
	if played < 30 {
		t.Errorf("only %d requests were looked at", played)
	}
}

type sentRequest struct{ Vendor, Method, Path string }

func requestsOf(t *testing.T, server *sandboxServer) []sentRequest {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+server.address+"/_sandbox/requests", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var got struct{ Requests []sentRequest }
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got.Requests
}
