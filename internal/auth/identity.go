package auth

import (
	"net/http"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// Where identities come from.
const (
	SourceToken = "token"
	SourceOAuth = "oauth"
)

// Identity is who makes a request, and what they may do.
type Identity struct {
	// Principal is their name. Names of static tokens have no "://" in them, those of
	// an issuer have, so that neither can be taken for the other.
	Principal string
	Scopes    tool.Scopes
	// Limit is the most that their scopes could become with another token.
	Limit tool.Scopes
	// Accounts are those that they may use; nil for all, empty for none.
	Accounts []cloud.AccountName
	// Policy is the path of a policy file of their own; empty for the server's.
	Policy string
	// Source is SourceToken or SourceOAuth.
	Source string
}

// Refusal is why a request was not let in, and how to answer it.
type Refusal struct {
	// Status is 401 or 403, or 503 where it cannot be told who it is.
	Status int
	// Challenge is the value of WWW-Authenticate; empty for none.
	Challenge string
	// Reason is for the client. It holds nothing of what was given.
	Reason string
	// Attempt says that credentials were given: a failed login.
	Attempt bool
	// Cause is for the log, where there is more to say. It holds no token either.
	Cause error
}

// Error implements error.
func (r *Refusal) Error() string {
	if r.Cause != nil {
		return r.Reason + " " + r.Cause.Error()
	}
	return r.Reason
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

// maxToken is longer than any token that issuers make.
const maxToken = 16 << 10

// bearer is the token that a request carries, in its one place: a header.
func bearer(r *http.Request) (token string, given bool) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || len(token) > maxToken || !isToken68(token) {
		return "", true
	}
	return token, true
}

// isToken68 reports whether a text has the form of a bearer token.
func isToken68(token string) bool {
	return token != "" && !strings.ContainsFunc(token, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("-._~+/=", r)
	})
}
