package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"

	"countersign/internal/cloud"
	gpcnsandbox "countersign/internal/gpcn/sandbox"
	hostupsandbox "countersign/internal/hostup/sandbox"
	"countersign/internal/sandboxkit"
	voltageparksandbox "countersign/internal/voltagepark/sandbox"
)

// simulatedCloud is a vendor's sandbox without a network.
type simulatedCloud struct {
	cloudEntry
	handler sandboxHandler
	simulatedWorld
}

// simulatedWorld has the machines of a cloud, random tasks on it, and its changes
// from outside.
type simulatedWorld interface {
	machines() []simulatedMachine
	task(s *simulation) *task
	drift(s *simulation) string
}

// setUpClouds reads the initial state of the clouds.
func (s *simulation) setUpClouds() {
	for _, vendor := range slices.Sorted(maps.Keys(s.clouds)) {
		c := s.clouds[vendor]
		switch sandbox := c.handler.(type) {
		case *gpcnsandbox.Sandbox:
			c.simulatedWorld = newGPCNWorld(s, sandbox)
		case *hostupsandbox.Sandbox:
			c.simulatedWorld = hostUpWorld{sandbox}
		case *voltageparksandbox.Sandbox:
			c.simulatedWorld = newVoltageParkWorld(s, sandbox)
		default:
			s.t.Fatalf("nothing is known of the world of %s: a cloud that is added belongs into the simulation", vendor)
		}
		s.taskSources = append(s.taskSources, c.task)
	}
}

func newSimulatedCloud(entry cloudEntry, kit *sandboxkit.Kit) *simulatedCloud {
	return &simulatedCloud{cloudEntry: entry, handler: entry.sandbox(kit)}
}

// readSandbox reads from a sandbox directly, without a server.
func readSandbox[Out any](s *simulation, vendor cloud.Vendor, path string) Out {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer beside")
	r.Header.Set("X-API-Key", "beside")
	w := httptest.NewRecorder()
	s.clouds[vendor].handler.ServeHTTP(w, r)
	var out Out
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", vendor, path, w.Code, w.Body)
	}
	return out
}

// host returns the host of the vendor's API.
func (c *simulatedCloud) host() string {
	r, err := http.NewRequest(http.MethodGet, c.baseURL, nil)
	if err != nil {
		return ""
	}
	return r.URL.Host
}
