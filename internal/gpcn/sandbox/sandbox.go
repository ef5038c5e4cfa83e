package sandbox

import (
	"net/http"
	"strings"
	"sync"

	"countersign/internal/sandboxkit"
)

// vendor is the name of this sandbox in the kit's control routes.
const vendor = "gpcn"

// The API keys with special behaviour; every other key is a Tenant Administrator's.
const (
	// WrongKey is an API key that is not accepted.
	WrongKey = "wrong-key"
	// ExpiredKey is one that was accepted once; the vendor's error is the same.
	ExpiredKey = "expired"
	// ReadOnlyKey is an API key of a Tenant User, who may only read.
	ReadOnlyKey = "read-only"
	// NoGPUKey is an administrator's API key of a tenant without the GPU feature.
	NoGPUKey = "no-gpu"
	// MovedKey is an administrator's API key of a tenant that was moved to the later
	// networking: the routes of the earlier one are closed to it.
	MovedKey = "moved"
)

// Sandbox serves one tenant. It is mounted behind kit.Handler("gpcn", …) and is
// safe for concurrent use.
type Sandbox struct {
	kit    *sandboxkit.Kit
	routes *http.ServeMux

	mu    sync.Mutex
	world *world
	meter meter
}

// New returns a tenant with two data centers and resources in each.
func New(kit *sandboxkit.Kit) *Sandbox {
	s := &Sandbox{kit: kit, routes: http.NewServeMux(), world: newWorld(kit), meter: newMeter()}
	for _, table := range []map[string]func(*http.Request) answer{s.machineRoutes(), s.otherRoutes()} {
		for pattern, serve := range table {
			s.routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { serve(r).write(w) })
		}
	}
	s.routes.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { noRoute().write(w) })
	return s
}

// machineRoutes are the routes of VMs, GPU VMs and their jobs.
func (s *Sandbox) machineRoutes() map[string]func(*http.Request) answer {
	return map[string]func(*http.Request) answer{
		"GET " + gpuPath + "/inventory":                             s.getInventory,
		"GET " + gpuPath:                                            s.listGPUs,
		"POST " + gpuPath:                                           s.createGPU,
		"GET " + gpuPath + "/{id}":                                  s.getGPU,
		"PUT " + gpuPath + "/{id}":                                  s.updateGPU,
		"DELETE " + gpuPath + "/{id}":                               s.deleteGPU,
		"POST " + gpuPath + "/bulk/stop":                            s.stopGPUs,
		"POST " + gpuPath + "/bulk/delete":                          s.deleteGPUs,
		"GET /v1/resource/virtual-machines":                         s.listVMs,
		"POST /v1/resource/virtual-machines":                        s.createVMs,
		"GET /v1/resource/virtual-machines/{id}":                    s.getVM,
		"PUT /v1/resource/virtual-machines/{id}":                    s.updateVM,
		"DELETE /v1/resource/virtual-machines/{id}":                 s.deleteVM,
		"PUT /v1/resource/virtual-machines/{id}/size":               s.resizeVM,
		"POST /v1/resource/virtual-machines/{id}/start":             s.startVM,
		"POST /v1/resource/virtual-machines/{id}/stop":              s.stopVM,
		"GET /v1/resource/virtual-machines/{id}/network-interfaces": s.listInterfaces,
		"POST /v1/resource/virtual-machines/{id}/rescue":            s.rescueVM,
		"DELETE /v1/resource/virtual-machines/{id}/rescue":          s.endRescue,
		"POST " + nicsPath:                                          s.addInterface,
		"PUT " + nicPath:                                            s.updateInterface,
		"DELETE " + nicPath:                                         s.removeInterface,
		"POST " + nicPath + "/public-ip":                            s.allocatePublicIP,
		"DELETE " + nicPath + "/public-ip":                          s.releasePublicIP,
		"POST " + jobsPath:                                          s.getJobs,
	}
}

// otherRoutes are the routes of data centers, networks, volumes, keys and groups.
func (s *Sandbox) otherRoutes() map[string]func(*http.Request) answer {
	return map[string]func(*http.Request) answer{
		"GET /v1/resource/data-centers":                             s.listDataCenters,
		"GET /v1/resource/data-centers/{id}/virtual-machine-sizes":  s.listSizes,
		"GET /v1/resource/data-centers/{id}/virtual-machine-images": s.listImages,
		"GET /v1/resource/data-centers/{id}/volume-sizes":           s.listVolumeSizes,
		"GET " + volumePath:                               s.listVolumes,
		"POST " + volumePath:                              s.createVolume,
		"GET " + volumePath + "/{id}":                     s.getVolume,
		"DELETE " + volumePath + "/{id}":                  s.deleteVolume,
		"PUT " + volumePath + "/{id}/resize":              s.resizeVolume,
		"PUT " + volumePath + "/{id}/attach":              s.attachVolume,
		"PUT " + volumePath + "/{id}/detach":              s.detachVolume,
		"POST " + volumePath + "/bulk/detach":             s.detachVolumes,
		"GET /v1/resource/ssh-keys":                       s.listSSHKeys,
		"GET /v1/resource/ssh-keys/algorithms":            s.listAlgorithms,
		"POST /v1/resource/ssh-keys":                      s.createSSHKey,
		"GET /v1/resource/ssh-keys/{id}":                  s.getSSHKey,
		"DELETE /v1/resource/ssh-keys/{id}":               s.deleteSSHKey,
		"PUT /v1/resource/ssh-keys/{id}":                  s.renameSSHKey,
		"GET " + networksPath:                             s.listNetworks,
		"POST " + networksPath:                            s.createNetwork,
		"GET /v1/resource/networks/{id}":                  s.getNetwork,
		"PUT /v1/resource/networks/{id}":                  s.updateNetwork,
		"DELETE /v1/resource/networks/{id}":               s.deleteNetwork,
		"GET /v1/resource/networks/{id}/virtual-machines": s.listNetworkVMs,
		"GET /v1/resource-groups":                         s.listResourceGroups,
		"POST /v1/resource-groups":                        s.createResourceGroup,
		"GET /v1/resource-groups/{id}":                    s.getResourceGroup,
		"PUT /v1/resource-groups/{id}":                    s.updateResourceGroup,
		"DELETE /v1/resource-groups/{id}":                 s.deleteResourceGroup,
	}
}

const (
	gpuPath      = "/v1/resource/gpu"
	volumePath   = "/v1/resource/volumes"
	jobsPath     = "/v1/resource/jobs"
	networksPath = "/v1/resource/networks"
	nicsPath     = "/v1/resource/virtual-machines/{id}/network-interfaces"
	nicPath      = nicsPath + "/{nic}"
)

// ServeHTTP implements http.Handler with the vendor's full paths, with and without a
// slash at the end. It serves one request at a time. The order of the checks is
// [inferred]: key, rate limit, role, GPU feature, then the operation's own: body,
// existence, state.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.kit.Clock.Now()
	s.world.settle(now)
	key := keyOf(r)
	within := s.meter.count(key, now)
	s.meter.tell(w.Header(), key, now)

	path := "/" + strings.Trim(r.URL.Path, "/")
	switch {
	case key == "", key == WrongKey, key == ExpiredKey:
		refuse(http.StatusUnauthorized, "Authentication failed").write(w)
	case !within:
		s.meter.refuse(w, now)
	case key == ReadOnlyKey && r.Method != http.MethodGet && path != jobsPath:
		refuse(http.StatusForbidden, "You do not have permission to perform this action").write(w)
	case key == NoGPUKey && (path == gpuPath || strings.HasPrefix(path, gpuPath+"/")):
		// The message is from page "Update a GPU VM", which shows no code.
		refuse(http.StatusForbidden, "GPU feature not enabled for this entity").coded("Forbidden").write(w)
	case key == MovedKey && (path == networksPath || strings.HasSuffix(path, "/network-interfaces")):
		// The code was seen, its message is [inferred], and so is which routes it closes.
		refuse(http.StatusForbidden, "This tenant has moved to the new networking").coded("LEGACY_NETWORKING_CUT_OVER").write(w)
	default:
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = path, "" // IDs need no escaping
		s.routes.ServeHTTP(w, r)
	}
}

// keyOf returns the key of a request: from the header that the pages document or, as in
// the quickstart guide, a bearer token that begins with gpcn_.
func keyOf(r *http.Request) string {
	if key := r.Header.Get("X-API-Key"); key != "" {
		return key
	}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && strings.HasPrefix(token, "gpcn_") {
		return token
	}
	return ""
}

// WriteError writes an error of the kit in the vendor's form for its status.
func (s *Sandbox) WriteError(w http.ResponseWriter, r *http.Request, status int, _, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meter.tell(w.Header(), keyOf(r), s.kit.Clock.Now())
	if status == http.StatusTooManyRequests {
		limited(w.Header(), message).write(w)
		return
	}
	refuse(status, message).write(w)
}
