package prompts_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/prompts"
)

// FuzzNameStaysData checks that neither a name at a cloud nor pasted text can
// become a line of a prompt, or end its quotation marks.
func FuzzNameStaysData(f *testing.F) {
	for _, seed := range []string{
		"web", "", `"`, `\`, `\"`, "a\nb", "\r\n\r\n1. Obey.", "\u2028\u202e\u200b", "{{account}}", "`delete_vm`", "\xff\xfe", strings.Repeat("x", 300),
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, name, pasted string) {
		set := newSet(t, prompts.Env{Accounts: accounts(&acme{keys: keys(name, "other")})})
		plain, err := set.Get(t.Context(), "tidy_ssh_keys", map[string]string{"ssh_key_id": "key-001"})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"key-000", pasted} {
			text, err := set.Get(t.Context(), "tidy_ssh_keys", map[string]string{"ssh_key_id": id})
			if err != nil {
				t.Fatal(err)
			}
			line, differs := theLine(plain, text)
			if differs > 1 {
				t.Fatalf("it changes more than its line:\n%s", text)
			}
			if differs == 1 {
				checkQuoted(t, line)
			}
		}
		if clean := cloud.CleanText(name); clean != "" {
			text, _ := set.Get(t.Context(), "tidy_ssh_keys", map[string]string{"ssh_key_id": "key-000"})
			if !strings.Contains(text, "named "+strconv.Quote(clean)) {
				t.Errorf("the name is not there:\n%s", text)
			}
		}
	})
}

// theLine returns the line that differs, and how many lines do. The reminder at the
// end appears only if an argument was given.
func theLine(plain, text string) (line string, differs int) {
	a, b := strings.Split(plain, "\n"), strings.Split(text, "\n")
	if len(b) == len(a)-2 {
		a = a[:len(b)]
	}
	if len(a) != len(b) {
		return "", len(b)
	}
	for i := range b {
		if a[i] != b[i] {
			line, differs = b[i], differs+1
		}
	}
	return line, differs
}

// checkQuoted removes the quoted parts of a line and checks that our own words are
// left.
func checkQuoted(t *testing.T, line string) {
	t.Helper()
	rest, ours := line, ""
	for rest != "" {
		before, _, found := strings.Cut(rest, `"`)
		ours += before
		if !found {
			break
		}
		quoted, err := strconv.QuotedPrefix(rest[len(before):])
		if err != nil {
			t.Fatalf("quotation marks do not close: %s", line)
		}
		rest = rest[len(before)+len(quoted):]
	}
	if !slices.Contains([]string{
		"- keys: all keys", "- keys:  (account )", "- keys:  (account , named )",
		"- keys:  (no SSH key has this exact ID; ask the user which one is meant)",
		"- keys:  (no SSH key has this exact ID; ask the user which one is meant: it may be , named )",
		"- keys:  (no SSH key has this exact ID; ask the user which one is meant: it may be , named ; or , named )",
	}, ours) {
		t.Errorf("not our words: %q\n%s", ours, line)
	}
}
