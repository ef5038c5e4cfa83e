package hostup_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
)

const casesDir = "../../testdata/api/hostup"

// documented is one request and answer as a page of the vendor shows them.
type documented struct {
	Page     string          `json:"page"`
	Method   string          `json:"method"`
	Path     string          `json:"path"`
	Request  json.RawMessage `json:"request"`
	Status   int             `json:"status"`
	Response json.RawMessage `json:"response"`
}

func readCases(t *testing.T) map[string]documented {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(casesDir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s (error %v)", casesDir, err)
	}
	cases := map[string]documented{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c documented
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		cases[strings.TrimSuffix(filepath.Base(file), ".json")] = c
	}
	return cases
}

// exchange is what a server saw of one request.
type exchange struct {
	Method, Path, Body, ContentType, Accept, Authorization string
}

// replay answers every request with a documented answer.
func replay(t *testing.T, c documented) (*hostup.Client, *exchange) {
	t.Helper()
	seen := &exchange{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*seen = exchange{r.Method, r.URL.Path, string(body), r.Header.Get("Content-Type"), r.Header.Get("Accept"), r.Header.Get("Authorization")}
		w.WriteHeader(c.Status)
		_, _ = w.Write(c.Response)
	}))
	t.Cleanup(server.Close)
	return newClient(t, server.URL, "key-of-the-test"), seen
}

func TestRenameIsSentAsDocumented(t *testing.T) {
	c := readCases(t)["rename_ssh_key"]
	client, seen := replay(t, c)
	key, err := client.RenameSSHKey(t.Context(), "ssh_01hxa3b4c5d6e7f8g9h0j1k2m3", "production-deploy-key")
	if err != nil {
		t.Fatal(err)
	}
	want := exchange{c.Method, c.Path, compact(t, c.Request), "application/json", "application/json", "Bearer key-of-the-test"}
	if diff := cmp.Diff(want, *seen); diff != "" {
		t.Errorf("request (-documented +sent):\n%s", diff)
	}
	sameJSON(t, c.Response, key)
}

func TestDocumentedErrorsAreReadWhole(t *testing.T) {
	kinds := map[int]cloud.ErrorKind{
		400: cloud.ErrInvalid, 401: cloud.ErrUnauthorized, 403: cloud.ErrForbidden,
		404: cloud.ErrUnknownID, 429: cloud.ErrRateLimited, 500: cloud.ErrUnavailable,
	}
	for name, c := range readCases(t) {
		if c.Status < 300 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var problem hostup.Problem
			if err := json.Unmarshal(c.Response, &problem); err != nil {
				t.Fatal(err)
			}
			sameJSON(t, c.Response, problem)

			kind, known := kinds[c.Status]
			if !known {
				t.Fatalf("status %d has no kind in this test", c.Status)
			}
			delete(kinds, c.Status)
			client, _ := replay(t, c)
			_, err := client.RenameSSHKey(t.Context(), "ssh_01hxa3b4c5d6e7f8g9h0j1k2m3", "x")
			want := &cloud.Error{
				Kind: kind, Account: "hostup", Operation: "rename SSH key", Status: c.Status,
				Message: problem.Detail, Code: problem.Code, RequestID: problem.RequestID,
				Issues:    []cloud.Issue{{Field: "/items/0/eppCode", Message: "`eppCode` is required for this transfer.", Code: "missing_required"}},
				Ambiguous: c.Status >= 500,
			}
			got := cloudError(t, err)
			if got.Hint == "" {
				t.Error("there is no hint")
			}
			got.Hint = ""
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
	if len(kinds) > 0 {
		t.Errorf("listed statuses without a case: %v", kinds)
	}
}

// TestEveryOperationHasACase holds each endpoint method to a documented answer.
func TestEveryOperationHasACase(t *testing.T) {
	undocumented := map[string]string{
		"GET /api/v2/ssh-keys": "the one page that is at hand documents the rename only; no list answer is shown",
	}
	covered := map[string]bool{}
	for _, c := range readCases(t) {
		if c.Status < 300 {
			path := c.Path[:strings.LastIndexByte(c.Path, '/')+1] + "{id}"
			covered[c.Method+" "+path] = true
		}
	}
	operations := operations(t)
	if len(operations) == 0 {
		t.Fatal("no //api:operation was found")
	}
	for _, operation := range operations {
		_, excused := undocumented[operation]
		if covered[operation] == excused {
			t.Errorf("%s: has a case %v, excused from one %v", operation, covered[operation], excused)
		}
		delete(undocumented, operation)
	}
	for operation := range undocumented {
		t.Errorf("%s is excused and does not exist", operation)
	}
}

// operations reads the directives of the package.
func operations(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if comment, ok := n.(*ast.Comment); ok {
				if operation, ok := strings.CutPrefix(comment.Text, "//api:operation "); ok {
					out = append(out, operation)
				}
			}
			return true
		})
	}
	return out
}

func compact(t *testing.T, raw []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sameJSON fails where a decoded value, encoded again, differs from what was
// documented: a field lost, added or changed.
func sameJSON(t *testing.T, want json.RawMessage, decoded any) {
	t.Helper()
	again, err := json.Marshal(decoded)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parse(t, want), parse(t, again)); diff != "" {
		t.Errorf("decoded and encoded again (-documented +got):\n%s", diff)
	}
}

func parse(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}
