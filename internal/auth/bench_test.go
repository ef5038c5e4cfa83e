package auth_test

import (
	"path/filepath"
	"testing"

	"countersign/internal/auth"
	"countersign/internal/auth/authtest"
)

// BenchmarkIdentify measures the identification of a caller, by one of 100 static tokens
// and by a token of an issuer.
func BenchmarkIdentify(b *testing.B) {
	path := filepath.Join(b.TempDir(), "tokens.yaml")
	var token string
	for i := range 100 {
		text, hash := auth.NewToken()
		token = text.Reveal()
		if err := auth.AddToken(path, auth.Token{Name: "token-" + string(rune('a'+i/10)) + string(rune('a'+i%10)), Hash: hash, Access: auth.Access{Scopes: everything()}}); err != nil {
			b.Fatal(err)
		}
	}
	issuer := authtest.NewIssuer(b)
	// Long after the last change of the file, so that it is not read each time.
	settled := clock{ahead: 1 << 40}
	static, err := auth.New(auth.Options{Tokens: path, Now: settled.now})
	if err != nil {
		b.Fatal(err)
	}
	dynamic, err := auth.New(auth.Options{OAuth: auth.OAuth{Issuer: issuer.URL, Audiences: []string{audience}}})
	if err != nil {
		b.Fatal(err)
	}
	for name, c := range map[string]struct {
		*auth.Authenticator
		token string
	}{"static": {static, token}, "RS256": {dynamic, issuer.Token(audience, "alice", "cloud:read", nil)}} {
		b.Run(name, func(b *testing.B) {
			r := with(c.token)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Identify(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
