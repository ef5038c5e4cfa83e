// Package sandbox emulates the HostUp cloud API for the operations of the client: a
// stateful http.Handler with the vendor's IDs, gates, jobs, paging and problem documents.
//
// [inferred] marks behaviour that the vendor's pages do not show. The package must never
// know the adapter, the guard or MCP.
package sandbox

import (
	"net/http"
	"strings"
	"sync"

	"countersign/internal/hostup"
	"countersign/internal/sandboxkit"
)

// The API keys with special behaviour; every other key is accepted.
const (
	// WrongKey is an API key that is not accepted.
	WrongKey = "wrong-key"
	// ReadOnlyKey is an API key with the scopes of reads only.
	ReadOnlyKey = "read-only"
	// PowerKey is an API key with the scopes of reads and of power only.
	PowerKey = "power-only"
	// ExpiredKey is one that was accepted once; its error is the same as WrongKey's
	// [inferred].
	ExpiredKey = "expired"
)

// Sandbox is one HostUp account as an http.Handler. It is mounted behind
// kit.Handler("hostup", …) and is safe for concurrent use.
type Sandbox struct {
	kit    *sandboxkit.Kit
	routes *http.ServeMux

	mu       sync.Mutex
	keys     []hostup.SSHKey
	servers  []*server
	jobs     []*job
	products []hostup.Product
	// hosting is the cancellation of a service that is not a server.
	hosting hostup.AccountCancellation
	ledger  map[hostup.ActivityKind][]hostup.ActivityEntry
	// wishes are pending requests for higher limits.
	wishes []hostup.PAYGLimitRequest
	// addresses is how many addresses were assigned.
	addresses int

	// The outcomes of the next calls, set by tests.
	noCard         bool
	nextJob        Outcome
	jobForm        JobForm // empty for the legacy page's
	nextDeployLost bool
	nextPowerStale bool
	// pageSize limits the rows of every page, whatever is requested; 0 for no limit.
	pageSize int
}

// New returns an account with some SSH keys, servers and a bill.
func New(kit *sandboxkit.Kit) *Sandbox {
	s := &Sandbox{kit: kit, routes: http.NewServeMux()}
	s.seedSSHKeys()
	s.seedServers()
	s.seedProducts()
	s.seedActivity()
	s.seedHosting()
	for _, route := range s.operations() {
		s.routes.HandleFunc(route.pattern, s.handle(route))
	}
	s.routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if s.authenticated(w, r) {
			s.WriteError(w, r, http.StatusNotFound, "not_found", "There is no such route.")
		}
	})
	return s
}

// route is one operation with the scope that it needs, or public.
type route struct {
	pattern, scope string
	serve          func(*http.Request) answer
}

// public marks an operation that needs no authentication.
const public = ""

// operations returns the operations of the client. The scopes of start, shutdown, stop,
// of revoking a cancellation and of jobs are [inferred].
func (s *Sandbox) operations() []route {
	out := []route{
		{"GET /api/v2/ssh-keys", "read:vm", s.listSSHKeys},
		{"PATCH /api/v2/ssh-keys/{id}", "write:account", s.renameSSHKey},
		{"GET /api/v2/vps", "read:vm", s.listVPS},
		{"GET /api/v2/vps/{id}", "read:vm", s.on(s.getVPS)},
		{"GET /api/v2/vps/{id}/details", "read:vm", s.on(s.getDetails)},
		{"GET /api/v2/vps/{id}/status", "read:vm", s.on(s.getStatus)},
		{"GET /api/v2/vps/{id}/hostname", "read:vm", s.on(s.getHostname)},
		{"PUT /api/v2/vps/{id}/hostname", "write:vm", s.on(s.setHostname)},
		{"GET /api/v2/vps/{id}/templates", "read:vm", s.on(s.listTemplates)},
		{"POST /api/v2/vps/{id}/actions/resize", "write:billing", s.on(s.resize)},
		{"POST /api/v2/vps/{id}/actions/cancel", "write:billing", s.on(s.cancel)},
		{"GET /api/v2/vps/{id}/cancellation", "read:vm", s.on(s.getCancellation)},
		{"DELETE /api/v2/vps/{id}/cancellation", "write:billing", s.on(s.revokeCancellation)},
		{"GET /api/v2/vps/{id}/billing-breakdown", "read:billing", s.on(s.getBreakdown)},
		{"GET /api/v2/vps/{id}/snapshots", "read:vm", s.on(s.listSnapshots)},
		{"POST /api/v2/vps/{id}/snapshots", "backup:vm", s.on(s.createSnapshot)},
		{"POST /api/v2/vps/{id}/snapshots/{snapshotId}/actions/restore", "backup:vm", s.on(s.restoreSnapshot)},
		{"GET /api/v2/vps/{id}/backups", "read:vm", s.on(s.listBackups)},
		{"POST /api/v2/vps/{id}/backups", "backup:vm", s.on(s.createBackup)},
		{"POST /api/v2/vps/{id}/backups/actions/restore-from-vps", "backup:vm", s.on(s.restoreBackup)},
		{"GET /api/v2/vps/{id}/metrics", "read:vm", s.on(s.getMetrics)},
		{"GET /api/v2/vps/{id}/storage", "read:vm", s.on(s.getStorage)},
		{"GET /api/v2/vps/{id}/network", "read:vm", s.on(s.getNetwork)},
		{"GET /api/v2/vps/{id}/ssh-keys", "read:vm", s.on(s.listVPSKeys)},
		{"GET /api/v2/cancellations", "read:services", s.listCancellations},
		{"GET /api/v2/vps/payg/deployments", "read:vm", s.getOptions},
		{"POST /api/v2/vps/payg/deployments", "write:billing", s.deploy},
		{"GET /api/v2/vps/payg/limits", "read:vm", s.getLimits},
		{"GET /api/v2/products/vps", public, s.listProducts},
		{"GET /api/v2/billing/activity", "read:billing", s.listActivity},
		{"GET /api/jobs/{jobId}", "read:vm", s.getJob},
	}
	for _, action := range powerActions() {
		out = append(out, route{"POST /api/v2/vps/{id}/actions/" + action.name, "power:vm", s.on(s.power(action))})
	}
	return out
}

// ServeHTTP implements http.Handler with the vendor's full paths.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

// handle runs one operation at a time, after the account is brought up to date.
func (s *Sandbox) handle(op route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if op.scope != public && !s.authenticated(w, r) {
			return
		}
		if !may(bearer(r), op.scope) {
			s.WriteError(w, r, http.StatusForbidden, "forbidden", "The API key lacks the required scope "+op.scope+".")
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.settle()
		s.write(w, r, op.serve(r))
	}
}

// may reports whether a key has a scope.
func may(key, scope string) bool {
	switch {
	case scope == public, strings.HasPrefix(scope, "read:"):
		return true
	case key == PowerKey:
		return scope == "power:vm"
	}
	return key != ReadOnlyKey
}

// authenticated reports whether the key is accepted, and writes the error where it is
// not.
func (s *Sandbox) authenticated(w http.ResponseWriter, r *http.Request) bool {
	if key := bearer(r); key == "" || key == WrongKey || key == ExpiredKey {
		s.WriteError(w, r, http.StatusUnauthorized, "unauthorized", "Authentication is required.")
		return false
	}
	return true
}

// bearer returns the API key of a request, empty where there is none.
func bearer(r *http.Request) string {
	key, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return ""
	}
	return key
}
