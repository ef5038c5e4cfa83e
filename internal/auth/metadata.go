package auth

import (
	"encoding/json"
	"net/http"
	"strings"

	"countersign/internal/tool"
)

// wellKnown is where a resource describes itself, by RFC 9728.
const wellKnown = "/.well-known/oauth-protected-resource"

// metadataURL is where this server describes itself, as clients reach it.
func (s *resource) metadataURL() string {
	return s.url.Scheme + "://" + s.url.Host + wellKnown + strings.TrimSuffix(s.url.EscapedPath(), "/")
}

// Metadata is what the server says about itself as a resource, and the paths at which
// it does: clients look at the one of its URL first, then at the root. It is nil
// without an issuer. Anybody may read it.
func (a *Authenticator) Metadata() (handler http.Handler, paths []string) {
	if a.oauth == nil {
		return nil, nil
	}
	paths = []string{wellKnown}
	if own := wellKnown + strings.TrimSuffix(a.oauth.url.Path, "/"); own != wellKnown {
		paths = append(paths, own)
	}
	raw, err := json.Marshal(struct {
		Resource string       `json:"resource"`
		Issuers  []string     `json:"authorization_servers"`
		Scopes   []tool.Scope `json:"scopes_supported"`
		Methods  []string     `json:"bearer_methods_supported"`
		Name     string       `json:"resource_name"`
	}{a.oauth.Audiences[0], []string{a.oauth.Issuer}, tool.AllScopes(), []string{"header"}, "Countersign"})
	if err != nil {
		return nil, nil // texts only: it never fails
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "max-age=3600")
		_, _ = w.Write(append(raw, '\n'))
	}), paths
}
