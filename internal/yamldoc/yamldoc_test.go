package yamldoc_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/yamldoc"
)

// TestTextIsKept pins that a scalar is the text in the file: no number is rounded, no
// word becomes a boolean.
func TestTextIsKept(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"1.20": "1.20", "0.10000000000000000000001": "0.10000000000000000000001", "1e400": "1e400", "007": "007",
		"0x1F": "0x1F", "yes": "yes", "2026-11-21": "2026-11-21", `"1.20"`: "1.20", "'null'": "null", "a b # c": "a b", "1:30": "1:30",
	} {
		root, err := yamldoc.Parse("f", []byte("\ufeffa: "+written+"\r\n"))
		if err != nil {
			t.Fatal(written, err)
		}
		fields, err := root.Fields("f", "a")
		if err != nil {
			t.Fatal(written, err)
		}
		if got, err := fields["a"].Text("a"); err != nil || got != want {
			t.Errorf("%s was read as %q, %v", written, got, err)
		}
	}
}

// TestOrderOfEntries pins that entries are in the order of the file.
func TestOrderOfEntries(t *testing.T) {
	t.Parallel()
	root, err := yamldoc.Parse("f", []byte("b: 1\na: 2\n10: 3\n9: 4\n"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := root.Entries("f")
	var got []string
	for _, e := range entries {
		got = append(got, e.Key)
	}
	if err != nil || strings.Join(got, " ") != "b a 10 9" {
		t.Errorf("%q %v", got, err)
	}
}

// TestWhatIsRefused pins the place and the message of each error. An error repeats no
// value, because a file with a secret may have been named by mistake.
func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	const mark = "hunter2"
	for text, want := range map[string]string{
		"":                              "f: is empty",
		"# nothing\n":                   "f: is empty",
		"a: 1\n---\nb: 2\n":             "f: is not YAML: expected single document, found multiple",
		"a: [1\n":                       "f:2:1: is not YAML: while parsing a flow sequence: did not find expected ',' or ']', begun on line 1",
		"a:\n\tb: 1\n":                  "f:2:1: is not YAML: ",
		"a: b: " + mark:                 "f:1:5: is not YAML: ",
		"a: " + mark + "\xff":           "f: is not YAML: ",
		mark:                            "f:1:1: file: expected a mapping of keys to values, got a text or number",
		"- " + mark:                     "f:1:1: file: expected a mapping of keys to values, got a list",
		"~":                             "f:1:1: file: expected a mapping of keys to values, got nothing",
		"a: 1\na: " + mark:              `f:2:1: file: "a" stands on line 1 already`,
		"a: 1\n\"a\": 2\n":              `f:2:1: file: "a" stands on line 1 already`,
		"xyz: 1\n":                      `f:1:1: file: there is no key "xyz"; expected a or abc`,
		"abd: " + mark:                  `f:1:1: file: there is no key "abd"; did you mean abc?`,
		"<<: {a: 1}\n":                  `f:1:1: file: there is no key "<<"; expected a or abc`,
		"? [x]\n: 1\n":                  "f:1:3: a key of file: expected a text, got a list",
		"~: 1\n":                        "f:1:1: a key of file: expected a text, got nothing",
		`"": 1`:                         "f:1:1: a key of file: expected a text, got nothing",
		"a: &x " + mark + "\nabc: *x\n": "f:1:4: anchors and aliases are not taken",
		"a: !!str " + mark:              "f:1:4: tags are not taken",
		"a: {b: !x " + mark + "}":       "f:1:8: tags are not taken",
	} {
		root, err := yamldoc.Parse("f", []byte(text))
		if err == nil {
			_, err = root.Fields("file", "a", "abc")
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), mark) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestTextThatIsNone pins that an empty value is not a text.
func TestTextThatIsNone(t *testing.T) {
	t.Parallel()
	for _, written := range []string{"", "~", "null", `""`, "[]", "{}"} {
		root, err := yamldoc.Parse("f", []byte("a: "+written))
		if err != nil {
			t.Fatal(err)
		}
		fields, err := root.Fields("f", "a")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := fields["a"].Text("a"); err == nil || !strings.Contains(err.Error(), "a: expected a text, got") {
			t.Errorf("%q is %q, %v", written, got, err)
		}
	}
}

// TestFilesThatCannotBeRead pins that the error names the file, once.
func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, []byte(strings.Repeat("#", 1<<20+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "missing"): "cannot be read: ",
		dir:                           "cannot be read: ",
		large:                         "is larger than 1048576 bytes",
	} {
		if _, err := yamldoc.ReadFile(path); err == nil || !strings.HasPrefix(err.Error(), path+": "+want) || strings.Count(err.Error(), dir) != 1 {
			t.Errorf("%v", err)
		}
	}
}

// FuzzParse checks that no file makes the reader panic, and that every error has the
// name of the file.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: 1", "a: {b: [1, 2]}", "? [a]\n: b", "a: &x 1\nb: *x", "\ta", "%YAML 1.2\n---\na: !!int 1", "[[[[{", "a: |\n  x\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		root, err := yamldoc.Parse("f", text)
		if err == nil {
			_, err = root.Fields("file", "a")
		}
		if err != nil && !strings.HasPrefix(err.Error(), "f:") {
			t.Errorf("%q: %v", text, err)
		}
	})
}
