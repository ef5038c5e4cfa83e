// Package sandbox behaves as the HostUp cloud API does, for the operations that
// the client wraps: state that changes, the vendor's IDs, gates, paging and
// problem documents.
//
// What the vendor's pages do not show is marked [inferred]. The package must
// never know the adapter, the guard or MCP.
package sandbox

import (
	"net/http"
	"strings"
	"sync"

	"countersign/internal/hostup"
	"countersign/internal/sandboxkit"
)

// Keys that the sandbox treats in a way of their own; it takes every other.
const (
	// WrongKey is an API key that is not accepted.
	WrongKey = "wrong-key"
	// ReadOnlyKey is an API key that lacks the scope write:account.
	ReadOnlyKey = "read-only"
)

// Sandbox is one HostUp account as an http.Handler. It is mounted behind
// kit.Handler("hostup", …) and is safe for concurrent use.
type Sandbox struct {
	kit    *sandboxkit.Kit
	routes *http.ServeMux

	mu   sync.Mutex
	keys []hostup.SSHKey
}

// New makes an account that has some SSH keys.
func New(kit *sandboxkit.Kit) *Sandbox {
	s := &Sandbox{kit: kit, routes: http.NewServeMux()}
	s.seedSSHKeys()
	s.routes.HandleFunc("GET /api/v2/ssh-keys", s.listSSHKeys)
	s.routes.HandleFunc("PATCH /api/v2/ssh-keys/{id}", s.renameSSHKey)
	s.routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.WriteError(w, r, http.StatusNotFound, "not_found", "There is no such route.")
	})
	return s
}

// ServeHTTP implements http.Handler with the vendor's full paths.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !bearer, key == "", key == WrongKey:
		s.WriteError(w, r, http.StatusUnauthorized, "unauthorized", "Authentication is required.")
	case key == ReadOnlyKey && r.Method != http.MethodGet:
		s.WriteError(w, r, http.StatusForbidden, "forbidden", "The API key lacks the required scope write:account.")
	default:
		s.routes.ServeHTTP(w, r)
	}
}

// Control serves the routes by which out-of-process tests arrange the account:
//
//	GET  /_sandbox/hostup/keys             -> {"keys":[…]}
//	POST /_sandbox/hostup/keys/{id}/rename    {"name":"…"} -> the key
func (s *Sandbox) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sandbox/hostup/keys", func(w http.ResponseWriter, _ *http.Request) {
		sandboxkit.WriteJSON(w, http.StatusOK, struct {
			Keys []hostup.SSHKey `json:"keys"`
		}{s.SSHKeys()})
	})
	mux.HandleFunc("POST /_sandbox/hostup/keys/{id}/rename", s.postRename)
	return mux
}
