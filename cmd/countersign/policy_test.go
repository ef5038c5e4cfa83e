package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/config"
	"countersign/internal/help"
	"countersign/internal/policy"
)

// blockOf returns the indented block of a topic that begins with a line.
func blockOf(t *testing.T, topic, first string) string {
	t.Helper()
	text, err := help.Topic(topic)
	if err != nil {
		t.Fatal(err)
	}
	return blockIn(t, text, first)
}

// blockIn returns the block of a text that begins with a line.
func blockIn(t *testing.T, text, first string) string {
	t.Helper()
	_, block, there := strings.Cut(text, "\n    "+first+"\n")
	if !there {
		t.Fatalf("there is no block that begins with %q", first)
	}
	var lines []string
	for line := range strings.SplitSeq(block, "\n") {
		code, indented := strings.CutPrefix(line, "    ")
		if !indented {
			break
		}
		lines = append(lines, code)
	}
	return first + "\n" + strings.Join(lines, "\n") + "\n"
}

// TestPolicyOfTheManual checks the example of the manual with its own table.
func TestPolicyOfTheManual(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cases, rules := filepath.Join(dir, "cases.txtar"), filepath.Join(dir, "policy.yaml")
	for path, text := range map[string]string{
		rules: blockOf(t, "policy", "# policy.yaml"), cases: blockOf(t, "policy", "-- a dev machine may be stopped --"),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := testPolicy(&config.Config{Policy: rules}, &out, cases); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if got := strings.Count(out.String(), "\nok    ") + 1; got != 7 {
		t.Errorf("%d cases of the manual were tried:\n%s", got, out.String())
	}
	// Under the standard rules most cases have another outcome.
	out.Reset()
	if err := testPolicy(&config.Config{}, &out, cases); err == nil || strings.Count(out.String(), "FAIL  ") < 4 {
		t.Errorf("%v\n%s", err, out.String())
	}
	file, err := policyFile(rules)
	if err != nil || file.Rules.Caps().Unknown != policy.Deny {
		t.Errorf("%+v %v", file, err)
	}
}
