package tools_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/tool"
	"countersign/tools"
)

// strict is a cloud in memory with a rule for passwords.
type strict struct {
	*acme
	rule cloud.PasswordRule
}

func (s *strict) PasswordRule() cloud.PasswordRule { return s.rule }

// TestPasswords checks that passwords follow the rule, that each class can occur at
// each position, and that no two are equal.
func TestPasswords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule   cloud.PasswordRule
		length int // 0 if none is generated
	}{
		"GPCN's":       {cloud.PasswordRule{MinLength: 12, MaxLength: 20, Symbols: "!@#%-_."}, 20},
		"Voltage Park": {cloud.PasswordRule{MinLength: 8, Symbols: "!@#%-_."}, 20},
		"long":         {cloud.PasswordRule{MinLength: 32, Symbols: "."}, 32},
		"short":        {cloud.PasswordRule{MaxLength: 4, Symbols: "."}, 4},
		"too short":    {cloud.PasswordRule{MaxLength: 3, Symbols: "."}, 0},
		"no symbols":   {cloud.PasswordRule{MinLength: 8}, 0},
		"impossible":   {cloud.PasswordRule{MinLength: 9, MaxLength: 8, Symbols: "."}, 0},
	} {
		files := &drawer{}
		all := tools.All(tools.Env{Accounts: cloud.Accounts{{Name: "acme", Provider: &strict{&acme{name: "acme"}, c.rule}}}, Files: files})
		d := all[len(all)-1]
		for _, one := range all {
			if one.Name == "generate_password" {
				d = one
			}
		}
		seen := map[string]bool{}
		first := map[string]bool{}
		for n := range 200 {
			call, err := d.Decode([]byte(`{"account":"acme"}`))
			if err != nil {
				t.Fatal(err)
			}
			plan, err := call.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			made, err := call.Execute(t.Context(), tool.Run{Operation: fmt.Sprintf("op_%d", n), Plan: plan})
			if (err == nil) != (c.length > 0) {
				t.Fatalf("%s: %v", name, err)
			}
			if err != nil {
				break
			}
			file, _ := tool.NewSecretName("password", "acme", tool.OperationID(fmt.Sprintf("op_%d", n)), ".txt").FileName()
			password := files.files[file].Reveal()
			if len(password) != c.length || strings.Contains(made.Summary, password) {
				t.Fatalf("%s: %q", name, password)
			}
			for _, class := range []string{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", c.rule.Symbols} {
				if !strings.ContainsAny(password, class) {
					t.Errorf("%s: %q has none of %s", name, password, class)
				}
				first[class] = first[class] || strings.ContainsAny(password[:1], class)
			}
			if rest := strings.Trim(password, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"+c.rule.Symbols); rest != "" || seen[password] && c.length > 4 {
				t.Errorf("%s: %q", name, password)
			}
			seen[password] = true
		}
		for class, begins := range first {
			if !begins {
				t.Errorf("%s: none of 200 begins with one of %s", name, class)
			}
		}
		settled, err := d.Settle(context.Background(), tool.Intent{Operation: "op_0", Plan: tool.Plan{Account: "acme"}})
		want := tool.FoundNothing
		if c.length > 0 {
			want = tool.FoundDone
		}
		if err != nil || settled.Finding != want {
			t.Errorf("%s: settled as %+v, %v", name, settled, err)
		}
	}
}
