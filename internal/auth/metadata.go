package auth

import (
	"encoding/json"
	"net/http"
	"strings"

	"countersign/internal/tool"
)

// wellKnown is the path of the metadata of a resource (RFC 9728).
const wellKnown = "/.well-known/oauth-protected-resource"

// metadataURL returns the URL at which clients find the metadata of this server.
func (s *resource) metadataURL() string {
	return s.url.Scheme + "://" + s.url.Host + wellKnown + strings.TrimSuffix(s.url.EscapedPath(), "/")
}

// Metadata returns a handler that serves the metadata of this server as a resource, and
// its paths: clients try the path of the server's URL first, then the root. They are nil
// without an issuer. The metadata is public.
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
		return nil, nil // never fails for texts
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
