package sandbox

import (
	"net/http"
	"slices"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// volume is shared storage of the organization.
type volume struct {
	id     cloud.VolumeID
	name   string
	sizeGB int
	used   int64
}

// wire is the volume as the vendor shows it.
func (s *Sandbox) wireVolume(v *volume) voltagepark.Volume {
	out := voltagepark.Volume{
		UsedCapacityBytes: &v.used, ID: v.id, SizeInGB: &v.sizeGB, Name: v.name, Status: "active",
		RateHourly: voltagepark.NewDecimal(decimal.Zero), OrderIDs: []cloud.RentalID{}, TenantID: new(123), VIP: new("10.15.1.1"),
	}
	for _, at := range s.world.rentals {
		if at.volume == v.id && at.ended == nil {
			out.OrderIDs = append(out.OrderIDs, at.id)
		}
	}
	return out
}

// liveVolumes are those that are not deleted.
func (w *world) liveVolumes() []*volume { return w.volumes }

// hasVolume reports whether there is a volume with that ID.
func (w *world) hasVolume(id string) bool {
	return slices.ContainsFunc(w.liveVolumes(), func(v *volume) bool { return string(v.id) == id })
}

func (s *Sandbox) getVolume(r *http.Request) answer {
	var f form
	id := f.pathID(r, "storage_id")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	for _, v := range s.world.liveVolumes() {
		if string(v.id) == id {
			return ok(s.wireVolume(v))
		}
	}
	return refuse(http.StatusNotFound, "Storage volume not found") // no 404 is documented [inferred]
}

// PutVolume adds a volume that costs nothing.
func (s *Sandbox) PutVolume(name string, sizeGB int) cloud.VolumeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := &volume{id: cloud.VolumeID(s.kit.Seed.UUID()), name: name, sizeGB: sizeGB}
	s.world.volumes = append(s.world.volumes, v)
	return v.id
}
