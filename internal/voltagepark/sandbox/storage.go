package sandbox

import (
	"net/http"
	"slices"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// volume finds a storage volume; nil where there is none.
func (w *world) volume(id string) *voltagepark.StorageVolume {
	i := slices.IndexFunc(w.volumes, func(v voltagepark.StorageVolume) bool { return string(v.ID) == id })
	if i < 0 {
		return nil
	}
	return &w.volumes[i]
}

func (s *Sandbox) getStorage(r *http.Request) answer {
	var f form
	id := f.pathID(r, "storage_id")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	found := s.world.volume(id)
	if found == nil {
		return refuse(http.StatusNotFound, "Storage not found") // no 404 is documented [inferred]
	}
	out := *found
	out.OrderIDs = []cloud.RentalID{}
	for _, at := range s.world.rentals {
		if at.volume == found.ID && at.ended == nil {
			out.OrderIDs = append(out.OrderIDs, at.id)
		}
	}
	return ok(out)
}

// PutVolume adds a storage volume that costs nothing.
func (s *Sandbox) PutVolume(name string) cloud.VolumeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := voltagepark.StorageVolume{
		UsedCapacityBytes: new(int64(0)), ID: cloud.VolumeID(s.kit.Seed.UUID()), SizeInGB: new(100), Name: name,
		Status: "active", RateHourly: voltagepark.NewDecimal(decimal.Zero), TenantID: new(123), VIP: new("10.0.0.10"),
	}
	s.world.volumes = append(s.world.volumes, v)
	return v.ID
}
