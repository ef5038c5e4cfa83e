package sandbox

import (
	"net/http"
	"strings"
	"sync"

	"countersign/internal/sandboxkit"
)

// vendor is the name of this sandbox in the kit's control routes.
const vendor = "voltagepark"

// wrongKey is a key that is never accepted.
const wrongKey = "wrong-key"

// Sandbox serves one organization's account. It is safe for concurrent use.
type Sandbox struct {
	kit    *sandboxkit.Kit
	routes *http.ServeMux

	mu    sync.Mutex
	world *world
}

// New returns a sandbox with places, presets, keys and two machines.
func New(kit *sandboxkit.Kit) *Sandbox {
	s := &Sandbox{kit: kit, routes: http.NewServeMux(), world: newWorld(kit)}
	for pattern, serve := range map[string]func(*http.Request) answer{
		"GET /api/v1/virtual-machines/instant/locations":                s.listInstantLocations,
		"GET /api/v1/virtual-machines/instant/locations/{location_id}":  s.getInstantLocation,
		"GET /api/v1/bare-metal/locations":                              s.listBareMetalLocations,
		"POST /api/v1/validate/cloudinit":                               s.checkCloudInit,
		"GET /api/v1/instant-deploy-presets/{$}":                        s.listPresets,
		"GET /api/v1/instant-deploy-presets/{instant_deploy_preset_id}": s.getPreset,
	} {
		s.routes.HandleFunc(pattern, s.handle(serve)) // the page shows these without a key
	}
	for pattern, serve := range map[string]func(*http.Request) answer{
		"GET /api/v1/locations/{$}":                                      s.listLocations,
		"GET /api/v1/locations/{location_id}":                            s.getLocation,
		"GET /api/v1/hostnodes/{hostnode_id}":                            s.getHostNode,
		"GET /api/v1/virtual-machines/{$}":                               s.listVMs,
		"GET /api/v1/virtual-machines/{virtual_machine_id}":              s.getVM,
		"POST /api/v1/virtual-machines/instant":                          s.createVM,
		"PATCH /api/v1/virtual-machines/{virtual_machine_id}":            s.updateVM,
		"PUT /api/v1/virtual-machines/{virtual_machine_id}/power-status": s.setPower,
		"DELETE /api/v1/virtual-machines/{virtual_machine_id}":           s.deleteVM,
		"POST /api/v1/virtual-machines/{virtual_machine_id}/relocate":    s.relocateVM,
		"GET /api/v1/bare-metal/{$}":                                     s.listRentals,
		"POST /api/v1/bare-metal/{$}":                                    s.createRental,
		"GET /api/v1/bare-metal/{baremetal_rental_id}":                   s.getRental,
		"PATCH /api/v1/bare-metal/{baremetal_rental_id}":                 s.updateRental,
		"DELETE /api/v1/bare-metal/{baremetal_rental_id}":                s.deleteRental,
		"PUT /api/v1/bare-metal/{baremetal_rental_id}/power-status":      s.setRentalPower,
		"POST /api/v1/bare-metal/{baremetal_rental_id}/reboot":           s.rebootNodes,
		"PATCH /api/v1/bare-metal/{baremetal_rental_id}/remove-nodes":    s.removeNodes,
		"GET /api/v1/organization/{$}":                                   s.getOrganization,
		"GET /api/v1/organization/ssh-keys":                              s.listSSHKeys,
		"GET /api/v1/storage/hourly-rate":                                s.getStorageRate,
		"POST /api/v1/storage/{$}":                                       s.createVolume,
		"GET /api/v1/storage/{$}":                                        s.listVolumes,
		"GET /api/v1/storage/{storage_id}":                               s.getVolume,
		"PATCH /api/v1/storage/{storage_id}":                             s.updateVolume,
		"DELETE /api/v1/storage/{storage_id}":                            s.deleteVolume,
		"POST /api/v1/organization/ssh-keys":                             s.addSSHKey,
		"DELETE /api/v1/organization/ssh-keys/{ssh_key_id}":              s.deleteSSHKey,
		"GET /api/v1/billing/hourly-rate":                                s.getHourlyRate,
		"GET /api/v1/billing/transactions":                               s.listTransactions,
		"GET /api/v1/billing/reports/{year}/{month}/transactions":        s.getMonthlyReport,
	} {
		s.routes.HandleFunc(pattern, s.authorized(s.handle(serve)))
	}
	s.routes.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(http.StatusNotFound, "Not Found").write(w)
	})
	return s
}

// ServeHTTP implements http.Handler.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

// WriteError writes an error of the kit in FastAPI's form, which has no code.
func (s *Sandbox) WriteError(w http.ResponseWriter, _ *http.Request, status int, _, message string) {
	refuse(status, message).write(w)
}

// handle runs one operation at a time.
func (s *Sandbox) handle(serve func(*http.Request) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		serve(r).write(w)
	}
}

// authorized requires a key and accepts any but wrongKey. The page shows a Bearer token
// on most operations and an x-api-token on those of SSH keys and storage; that the vendor
// accepts either everywhere is [inferred].
func (s *Sandbox) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("x-api-token")
		if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
			key = bearer
		}
		switch key {
		case "":
			refuse(http.StatusUnauthorized, "Not authenticated").write(w)
		case wrongKey:
			refuse(http.StatusUnauthorized, "Invalid authentication credentials").write(w)
		default:
			next(w, r)
		}
	}
}
