package auth_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/auth"
)

// FuzzFile pins that reading a file never panics, and that adding and removing a token
// leaves the other entries as they were, or does not change the file.
func FuzzFile(f *testing.F) {
	hash := strings.Repeat("ab", 32)
	for _, seed := range []string{
		"", "\n", "tokens: []", "tokens:\n- name: a\n  hash: " + hash + "\n  scopes: cloud:read\n", "subjects:\n- subject: a\ntokens:\n",
		"tokens: # a\n  # b\n  - name: a\n    hash: " + hash + "\n    scopes:\n    - cloud:read\n\n  # c\nsubjects: []\n", "tokens: [{}]", "{tokens: []}", "? tokens\n: []\n",
		"tokens:\n- name: a\n  hash: " + hash + "\n  scopes: cloud:read\n  policy: |\n    - name\n   tokens:\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "tokens.yaml")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		before, err := auth.ReadFile(path, nil)
		if err != nil && !strings.HasPrefix(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
		_, fresh := auth.NewToken()
		if auth.AddToken(path, auth.Token{Name: "zz-new", Hash: fresh, Access: auth.Access{Scopes: everything()}}) != nil {
			if now, _ := os.ReadFile(path); !bytes.Equal(now, text) {
				t.Errorf("%q was changed to %q", text, now)
			}
			return
		}
		if err := auth.RemoveToken(path, "zz-new"); err != nil {
			return // said, and nothing is lost: it can be taken out by hand
		}
		after, err := auth.ReadFile(path, nil)
		if err != nil || before != nil && (len(after.Tokens) != len(before.Tokens) || len(after.Subjects) != len(before.Subjects)) {
			t.Errorf("%q: %+v became %+v, %v", text, before, after, err)
		}
	})
}
