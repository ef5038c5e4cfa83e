package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMutationsApply checks that each mutation's old text occurs exactly once in
// the program. If the program has changed, the mutation has to be rewritten.
func TestMutationsApply(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	all, err := readMutations(filepath.Join("testdata", "mutations"), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Errorf("there are %d mutations", len(all))
	}
	for _, m := range all {
		files, err := m.apply()
		if err != nil {
			t.Error(err)
		}
		for file, mutated := range files {
			if source, err := os.ReadFile(file); err != nil || string(source) == string(mutated) {
				t.Errorf("%s changes nothing in %s (%v)", m.name, file, err)
			}
		}
	}
}

// TestMutationThatDoesNotApply checks which mutations are rejected.
func TestMutationThatDoesNotApply(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("a.go", []byte("one\ntwo\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ archive, want string }{
		"once":       {"It goes.\n-- old a.go --\none\n-- new --\nthree\n", ""},
		"twice":      {"It goes.\n-- old a.go --\ntwo\n-- new --\nthree\n", "stands 2 times"},
		"not there":  {"It goes.\n-- old a.go --\nfour\n-- new --\nthree\n", "stands 0 times"},
		"no file":    {"It goes.\n-- old b.go --\none\n-- new --\nthree\n", "no such file"},
		"no reason":  {"-- old a.go --\none\n-- new --\nthree\n", "neither"},
		"no new":     {"It goes.\n-- old a.go --\none\n", "wants pairs"},
		"nothing":    {"It goes.\n", "neither"},
		"other name": {"It goes.\n-- a.go --\none\n-- new --\nthree\n", "wants pairs"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile("m.txtar", []byte(test.archive), 0o600); err != nil {
				t.Fatal(err)
			}
			all, err := readMutations(".", "m")
			if err == nil {
				_, err = all[0].apply()
			}
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
