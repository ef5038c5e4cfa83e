package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/rest"
	"countersign/internal/schema"
	"countersign/internal/tool"
	"countersign/tools"
)

// leastCalls is the least number of calls per cloud that are fuzzed.
const leastCalls = 20

// fuzzKey is the API key, which must appear nowhere.
const fuzzKey = "sk-planted-4b1d0f77"

// parrot is a vendor that answers every request with the same bytes, so that each
// decoder gets each response. It stops after a while, because some responses
// promise a further page without end.
type parrot struct {
	status int
	body   []byte
	left   int
}

func (p *parrot) RoundTrip(req *http.Request) (*http.Response, error) {
	status, body := p.status, p.body
	if p.left--; p.left < 0 {
		status, body = http.StatusNotFound, nil
	}
	return &http.Response{StatusCode: status, Header: http.Header{"X-Request-Id": {fuzzKey}}, Body: io.NopCloser(bytes.NewReader(body)), Request: req}, nil
}

// fuzzed is one cloud with all calls to it.
type fuzzed struct {
	parrot   *parrot
	provider cloud.Provider
	calls    []*tool.Call
}

// recover resets the failure count of the client. A cloud that fails many times in
// a row is not called for a while, and nothing would be fuzzed.
func (f fuzzed) recover(ctx context.Context) {
	*f.parrot = parrot{status: http.StatusNotFound, left: 1}
	_ = f.provider.CheckKey(ctx)
}

func newFuzzed(tb testing.TB, entry cloudEntry) fuzzed {
	tb.Helper()
	f := fuzzed{parrot: &parrot{}}
	name := cloud.AccountName(entry.vendor)
	provider, err := entry.provider(rest.Options{
		Account: name, BaseURL: entry.baseURL, Transport: f.parrot,
		Credential: func(context.Context) (cloud.Secret, error) { return cloud.NewSecret(fuzzKey), nil },
	}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	f.provider = provider
	kinds := blocksOf(provider)
	all := tools.All(tools.Env{Accounts: cloud.Accounts{{Name: name, Provider: provider}}, Operations: guard.New(guard.Options{}), Grants: guard.New(guard.Options{}), CallersConfirm: true})
	for _, d := range all {
		for _, arguments := range minimalArguments(tb, d, kinds) {
			if call, err := d.Decode([]byte(arguments)); err == nil && (call.Read != nil || call.Plan != nil) {
				f.calls = append(f.calls, call)
			}
		}
	}
	return f
}

// blocksOf returns the smallest examples of all blocks that a cloud creates, by
// name.
func blocksOf(provider cloud.Provider) map[string]string {
	kinds := map[string]string{}
	if maker, ok := provider.(cloud.MachineMaker); ok {
		for _, kind := range maker.MachineKinds() {
			kinds[kind.BlockName()] = kind.MinimalExample()
		}
	}
	if maker, ok := provider.(cloud.VolumeMaker); ok {
		for _, kind := range maker.VolumeKinds() {
			kinds[kind.BlockName()] = kind.MinimalExample()
		}
	}
	if maker, ok := provider.(cloud.RentalMaker); ok {
		for _, kind := range maker.RentalKinds() {
			kinds[kind.BlockName()] = kind.MinimalExample()
		}
	}
	return kinds
}

// minimalArguments returns minimal arguments of a tool, built from its schema: once
// for every value of an enum, and for a create once for every block.
func minimalArguments(tb testing.TB, d *tool.Definition, kinds map[string]string) []string {
	tb.Helper()
	type property struct {
		Type string   `json:"type"`
		Enum []string `json:"enum"`
	}
	var s struct {
		Properties map[string]property `json:"properties"`
		Required   []string            `json:"required"`
	}
	if err := json.Unmarshal(d.Input.JSON(), &s); err != nil {
		tb.Fatal(err)
	}
	members := func(more ...string) string {
		var out []string
		for _, name := range s.Required {
			value := `"` + fuzzID + `"`
			switch p := s.Properties[name]; {
			case p.Type == "integer" || p.Type == "number":
				value = "1"
			case p.Type == "array":
				value = `["` + fuzzID + `"]`
			case p.Type == "boolean":
				value = "true"
			case len(p.Enum) > 0:
				value = `"` + p.Enum[0] + `"`
			}
			out = append(out, fmt.Sprintf("%q:%s", name, value))
		}
		return "{" + strings.Join(append(out, more...), ",") + "}"
	}
	out := []string{members()}
	for _, block := range slices.Sorted(maps.Keys(kinds)) {
		if _, ok := s.Properties[block]; ok {
			out = append(out, members(fmt.Sprintf("%q:%s", block, kinds[block])))
		}
	}
	for _, change := range []string{`"name":"new"`, `"hostname":"new.example.com"`, `"year":2026,"month":8`, `"cancel_type":"immediate"`} {
		if name, _, _ := strings.Cut(strings.Trim(change, `"`), `"`); s.Properties[name].Type != "" {
			out = append(out, members(change))
		}
	}
	return out
}

// fuzzID is the ID in the samples of two of the clouds.
const fuzzID = "123e4567-e89b-12d3-a456-426614174000"

// FuzzAnswers gives every call of every cloud arbitrary responses: nothing panics,
// the result can be sent, and the key is not in it.
func FuzzAnswers(f *testing.F) {
	files, err := filepath.Glob("../../testdata/api/*/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no recordings", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var recorded struct {
			Response json.RawMessage `json:"response"`
		}
		if err := json.Unmarshal(raw, &recorded); err != nil {
			f.Fatal(err)
		}
		f.Add(uint16(200), []byte(recorded.Response))
	}
	for _, odd := range []string{``, `null`, `[]`, `{}`, `"x"`, `7`, `{"data":null}`, `{"results":null}`, `{"detail":"` + fuzzKey + `"}`, `<html>`, "\xff\xfe", `{"data":{"id":1e999}}`} {
		f.Add(uint16(200), []byte(odd))
		f.Add(uint16(422), []byte(odd))
		f.Add(uint16(503), []byte(odd))
	}
	var all []fuzzed
	for _, entry := range clouds() {
		one := newFuzzed(f, entry)
		if len(one.calls) < leastCalls {
			f.Fatalf("%s: only %d calls could be made up", entry.vendor, len(one.calls))
		}
		all = append(all, one)
	}
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		for _, one := range all {
			for _, call := range one.calls {
				*one.parrot = parrot{status: 200 + int(status)%400, body: body, left: 20}
				callOnce(t, call)
				one.recover(t.Context())
			}
		}
	})
}

// callOnce executes or plans a call and checks the result.
func callOnce(t *testing.T, call *tool.Call) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var out any
	var err error
	if call.Read != nil {
		out, err = call.Read(ctx)
	} else {
		out, err = call.Plan(ctx)
	}
	var shown []byte
	if err != nil {
		e := tool.AsError(err)
		if e.Code == "" || e.Message == "" {
			t.Errorf("%s: an error without a code or a message: %+v", call.Tool.Name, e)
		}
		shown, err = json.Marshal(e)
	} else if call.Read != nil {
		shown, err = schema.Encode(out)
	} else {
		shown, err = json.Marshal(out)
	}
	if err != nil {
		t.Errorf("%s: cannot be sent: %v", call.Tool.Name, err)
	}
	if strings.Contains(string(shown), fuzzKey) || strings.Contains(fmt.Sprintf("%v %+v", out, err), fuzzKey) {
		t.Errorf("%s shows the key: %s", call.Tool.Name, shown)
	}
}

// FuzzArguments gives every tool arbitrary arguments: each is accepted or rejected
// with a message, and nothing panics.
func FuzzArguments(f *testing.F) {
	definitions, err := catalogue(f.Context(), &config.Config{}, everyKey)
	if err != nil {
		f.Fatal(err)
	}
	for _, d := range definitions {
		for _, arguments := range minimalArguments(f, d, map[string]string{"gpcn_vm": `{"name":"a"}`, "voltagepark_volume": `{}`}) {
			f.Add([]byte(arguments))
		}
	}
	for _, odd := range []string{``, `null`, `[]`, `{"account":null}`, `{"account":"gpcn","account":"gpcn"}`, `{"Account":"gpcn"}`, `{"account":"gpcn","gpcn_vm":{},"gpcn_gpu":{}}`, `{"limit":1e400}`, `{"vm_id":"../x"}`} {
		f.Add([]byte(odd))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, d := range definitions {
			call, err := d.Decode(raw)
			if err == nil {
				if call.Read == nil && call.Plan == nil && call.Control == nil {
					t.Errorf("%s takes %q and does nothing with it", d.Name, raw)
				}
				continue
			}
			if e := tool.AsError(err); e.Code == "" || e.Message == "" || e.Code == tool.CodeInternal {
				t.Errorf("%s refuses %q with %+v", d.Name, raw, e)
			}
		}
	})
}
