package resttest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// Example is a documented request and its response, as they stand in their file in
// testdata/api. Where a vendor's page prints them, Request and Response are its text
// byte for byte.
type Example struct {
	// Page is the page that prints them, or "composed from …" where none does.
	Page string `json:"page"`
	// Operation is the endpoint, "GET /v1/things/{id}"; empty where a vendor has
	// several examples of one.
	Operation string `json:"operation"`
	Method    string `json:"method"`
	// Path has the samples of the page for its parameters.
	Path  string `json:"path"`
	Query string `json:"query"`
	// ContentLength is the length of the request's body where the page prints it.
	ContentLength int             `json:"content_length"`
	Request       json.RawMessage `json:"request"`
	Status        int             `json:"status"`
	// Response is nil where there is no body.
	Response json.RawMessage `json:"response"`
}

// Load reads all examples of a folder, by the names of their files without .json.
// The test fails for a member of a file that Example does not have.
func Load(t testing.TB, folder string) map[string]Example {
	t.Helper()
	dir := os.DirFS(folder)
	files, err := fs.Glob(dir, "*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples in %s (error %v)", folder, err)
	}
	out := map[string]Example{}
	for _, file := range files {
		raw, err := fs.ReadFile(dir, file)
		if err != nil {
			t.Fatal(err)
		}
		var e Example
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&e); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out[strings.TrimSuffix(file, ".json")] = e
	}
	return out
}

// LoadByOperation reads all examples of a folder, by their operations. The test
// fails where an operation has two examples.
func LoadByOperation(t testing.TB, folder string) map[string]Example {
	t.Helper()
	out := map[string]Example{}
	for name, e := range Load(t, folder) {
		if _, twice := out[e.Operation]; twice {
			t.Errorf("%s: %q has another example", name, e.Operation)
		}
		out[e.Operation] = e
	}
	return out
}

// composed is the prefix of Page for an example that no page prints.
const composed = "composed from "

// Digest returns a digest of the request and the response.
func (e Example) Digest() string {
	sum := sha256.Sum256(slices.Concat(e.Request, []byte{0}, e.Response))
	return hex.EncodeToString(sum[:8])
}

// Printed checks that the examples that a vendor prints are unchanged: printed has the
// digest of each, by name. No other example may claim to be printed. The rest must say
// what they are composed from, and are listed in the log.
func Printed(t *testing.T, examples map[string]Example, printed map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		e := examples[name]
		from, isComposed := strings.CutPrefix(e.Page, composed)
		digest, isPrinted := printed[name]
		switch {
		case isComposed && isPrinted:
			t.Errorf("%s is listed as printed and says that it is composed", name)
		case isComposed && len(from) < len("page x"):
			t.Errorf("%s does not say what it is composed from", name)
		case isComposed:
			t.Logf("no documented example: %s, composed from %s", name, from)
		case !isPrinted:
			t.Errorf("%s claims to be printed on page %q and is not listed: %q", name, e.Page, e.Digest())
		case digest != e.Digest():
			t.Errorf("%s is no longer what its page prints: digest %s, was %s", name, e.Digest(), digest)
		}
	}
	for name := range printed {
		if _, there := examples[name]; !there {
			t.Errorf("%s is listed as printed and not recorded", name)
		}
	}
}
