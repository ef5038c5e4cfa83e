package auth

import (
	"net/http"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// The sources of identities.
const (
	SourceToken = "token"
	SourceOAuth = "oauth"
)

// Identity is the caller of a request, and what they may do.
type Identity struct {
	// Principal is their name. A name from an issuer contains "://" and the name of a
	// static token does not, so neither can be mistaken for the other.
	Principal string
	Scopes    tool.Scopes
	// Limit are the scopes that they could have with another token.
	Limit tool.Scopes
	// Accounts are the accounts that they may use; nil for all, empty for none.
	Accounts []cloud.AccountName
	// Policy is the path of their own policy file; empty for the policy of the server.
	Policy string
	// Source is SourceToken or SourceOAuth.
	Source string
}

// Refusal is the error of a rejected request, and describes the response.
type Refusal struct {
	// Status is 401 or 403, or 503 if the caller cannot be identified at the moment.
	Status int
	// Challenge is the value of WWW-Authenticate; empty for none.
	Challenge string
	// Reason is for the client. It contains nothing from the credentials.
	Reason string
	// Attempt reports that the request had credentials: a failed login.
	Attempt bool
	// Cause is for the log; nil if there is nothing to add. It contains no token.
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

// maxToken bounds the length of a token, in bytes. No issuer makes longer ones.
const maxToken = 16 << 10

// bearer returns the token in the Authorization header of a request. given reports
// whether there is such a header; the token is empty if the header is not valid.
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

// isToken68 reports whether a text has the form of a bearer token (RFC 6750).
func isToken68(token string) bool {
	return token != "" && !strings.ContainsFunc(token, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune("-._~+/=", r)
	})
}
