package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/auth"
	"countersign/internal/help"
)

// TestManualOfHTTP runs every command of the topics http and oauth, and of the
// parts of the README about rules and HTTP, in order and with the files that they
// show.
func TestManualOfHTTP(t *testing.T) {
	files := map[string]string{
		"alice.yaml": "preset: standard\n", "ci.yaml": "preset: read-only\n", "admins.yaml": "preset: relaxed\n",
		"people.yaml": blockOf(t, "oauth", "# people.yaml"),
	}
	// Use a free port.
	address := regexp.MustCompile(` --http \S+`)
	files["policy.yaml"] = blockIn(t, readme(t), "# policy.yaml")
	for _, topic := range []string{"http", "oauth", "README"} {
		text := readme(t)
		if topic != "README" {
			var err error
			if text, err = help.Topic(topic); err != nil {
				t.Fatal(err)
			}
		}
		var script strings.Builder
		script.WriteString("sandbox\nchmod 600 people.yaml\n")
		for i, line := range regexp.MustCompile(`(?m)^    countersign (.*)$`).FindAllStringSubmatch(text, -1) {
			if flags, serve := strings.CutPrefix(line[1], "serve "); serve {
				fmt.Fprintf(&script, "server server-%d%s\n", i, address.ReplaceAllString(" "+flags, ""))
				continue
			}
			fmt.Fprintf(&script, "exec countersign %s\n", line[1])
		}
		for name, content := range files {
			fmt.Fprintf(&script, "-- %s --\n%s", name, content)
		}
		if n := strings.Count(script.String(), "countersign") + strings.Count(script.String(), "server "); n < 2 {
			t.Errorf("help %s has %d commands", topic, n)
		}
		path := filepath.Join(t.TempDir(), "manual_"+topic+".txtar")
		if err := os.WriteFile(path, []byte(script.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(topic, func(t *testing.T) { testscript.Run(t, scripts(nil, path)) })
	}
}

// readme returns the parts of the README about rules and HTTP.
func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n## Rules and money\n")
	sections, _, found := strings.Cut(rest, "\n## At the terminal\n")
	if !found {
		t.Fatal("the README has no sections about rules and HTTP")
	}
	return sections
}

// TestFilesOfTheManual checks that the files in the manual can be read.
func TestFilesOfTheManual(t *testing.T) {
	t.Parallel()
	for topic, name := range map[string]string{"http": "tokens.yaml", "oauth": "people.yaml"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(blockOf(t, topic, "# "+name)), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := auth.ReadFile(path, accountWords())
		if err != nil || len(f.Tokens)+len(f.Subjects) == 0 {
			t.Errorf("%+v %v", f, err)
		}
	}
}
