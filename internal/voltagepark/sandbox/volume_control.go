package sandbox

import (
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/sandboxkit"
	"countersign/internal/voltagepark"
)

// Volumes returns the volumes that are not deleted, oldest first.
func (s *Sandbox) Volumes() []voltagepark.Volume {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []voltagepark.Volume{}
	for _, v := range s.world.liveVolumes() {
		out = append(out, v.wire())
	}
	return out
}

// PutVolume adds a volume that is attached to rentals.
func (s *Sandbox) PutVolume(name string, sizeGB int, to ...cloud.MachineRef) cloud.VolumeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.world.addVolume(name, sizeGB)
	v.orders = append(v.orders, to...)
	return v.id
}

// FillVolume sets how much of a volume is used; false where there is none.
func (s *Sandbox) FillVolume(id cloud.VolumeID, bytes int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.world.liveVolumes() {
		if v.id == id {
			v.used = bytes
			return true
		}
	}
	return false
}

// controlVolumes serves the routes that set up volumes.
func (s *Sandbox) controlVolumes(mux *http.ServeMux) {
	const volumes = "/_sandbox/" + vendor + "/volumes"
	mux.HandleFunc("GET "+volumes, func(w http.ResponseWriter, _ *http.Request) {
		sandboxkit.WriteJSON(w, http.StatusOK, struct {
			Volumes []voltagepark.Volume `json:"volumes"`
		}{s.Volumes()})
	})
	mux.HandleFunc("POST "+volumes+"/{id}/fill", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			UsedBytes int64 `json:"used_bytes"`
		}
		arrange(w, r, &order, func(id cloud.VMID) bool { return s.FillVolume(cloud.VolumeID(id), order.UsedBytes) })
	})
}
