package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestServerRulesAreReadAgain checks that a change of the server's policy holds at once,
// for those under its rules and for those under their own, that what is no policy refuses
// every write, whatever the own rules say, and that reads go on.
func TestServerRulesAreReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own := write("own.yaml", "rules: [{when: {}, then: human}]\n")
	tokens := write("tokens.yaml", fmt.Sprintf("subjects:\n- {subject: own, policy: %q}\n", own))
	server := write("server.yaml", "preset: standard\n")
	o := newOffice(t, "--policy", server, "--tokens", tokens)
	// An equal call would join the question that waits, so each has a name of its own.
	create := func(n int) string {
		return fmt.Sprintf(`{"account":"hostup","hostup_vps":{"name":"web-%d","cpu_cores":2,"memory_gb":4,"storage_gb":80,"region":"stockholm"}}`, n)
	}
	for i, state := range []struct{ text, anybody, own string }{
		{"preset: standard\n", "approval_required", "approval_required"},
		{"preset: read-only\n", "read-only", "read-only"},
		{"preset: standard\n# open again\n", "approval_required", "approval_required"},
		{"rules: [{when: {}, then: deny, reason: Freeze.}]\n", "Freeze.", "approval_required"},
		{"spend: {machines: 0}\n", "over_cap", "over_cap"},
		{"rules: [{when: {}, then: den}]\n", "policy file of this server cannot be read", "policy file of this server cannot be read"},
		{"prices: {gpcn: 3}\n", "policy file of this server cannot be read", "policy file of this server cannot be read"},
		{"", "policy file of this server cannot be read", "policy file of this server cannot be read"},
		{"preset: strict\n", "approval_required", "approval_required"},
	} {
		write("server.yaml", state.text)
		for subject, want := range map[string]string{"anybody": state.anybody, "own": state.own} {
			token := o.issuer.Token(resourceURL, subject, everything, nil)
			if got := o.call(token, "create_vm", create(i)); !strings.Contains(got, want) {
				t.Errorf("%q, %s: want %s, got %.300s", state.text, subject, want, got)
			}
			if got := o.call(token, "list_vms", `{"account":"hostup"}`); strings.Contains(got, "isError") {
				t.Errorf("%q, %s cannot read: %s", state.text, subject, got)
			}
		}
	}
}
