package resttest

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Example is a recorded request and answer, as they stand in their file.
type Example struct {
	// Page is the page that prints them, or "composed from …" where none does.
	Page              string
	Request, Response []byte
}

// composed is the prefix of Page for an example that no page prints.
const composed = "composed from "

// Digest returns a digest of the request and the response.
func (e Example) Digest() string {
	sum := sha256.Sum256(slices.Concat(e.Request, []byte{0}, e.Response))
	return hex.EncodeToString(sum[:8])
}

// Printed checks that the examples that a vendor prints are unchanged: printed has the
// digest of each, by name. Every other example has to be composed and to say from what;
// these are listed in the log.
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
