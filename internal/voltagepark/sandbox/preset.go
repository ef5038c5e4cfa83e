package sandbox

import (
	"net/http"
	"slices"
	"strconv"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

func (p preset) resources() voltagepark.Resources {
	return voltagepark.Resources{
		GPUs:      voltagepark.GPUs{p.model: {Count: p.count}},
		VCPUCount: new(p.size.vcpus),
		RAMGB:     new(p.size.ramGB),
		StorageGB: new(p.size.storageGB),
	}
}

func (w *world) wirePreset(p preset) voltagepark.Preset {
	out := voltagepark.Preset{
		ID:                          p.id,
		Resources:                   p.resources(),
		OperatingSystem:             image,
		ComputeRateHourly:           voltagepark.NewDecimal(p.rates.compute()),
		StorageRateHourly:           voltagepark.NewDecimal(p.rates.storage),
		LocationIDsWithAvailability: []cloud.LocationID{},
	}
	for _, at := range w.places {
		if at.stock(p) > 0 {
			out.LocationIDsWithAvailability = append(out.LocationIDsWithAvailability, at.id)
		}
	}
	return out
}

func (s *Sandbox) listPresets(r *http.Request) answer {
	out := []voltagepark.Preset{}
	text := r.URL.Query().Get("available")
	available, err := strconv.ParseBool(text)
	if text != "" && err != nil {
		return invalid(issue{Type: "bool_parsing", Loc: []any{"query", "available"}, Msg: "Input should be a valid boolean, unable to interpret input"})
	}
	for _, p := range s.world.presets {
		row := s.world.wirePreset(p)
		if text == "" || available == (len(row.LocationIDsWithAvailability) > 0) {
			out = append(out, row)
		}
	}
	return ok(out)
}

func (s *Sandbox) getPreset(r *http.Request) answer {
	var f form
	id := f.pathID(r, "instant_deploy_preset_id")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	p, found := s.world.preset(cloud.OfferID(id))
	if !found {
		return refuse(http.StatusNotFound, "Instant deploy preset not found") // no 404 is documented [inferred]
	}
	return ok(s.world.wirePreset(p))
}

func (w *world) preset(id cloud.OfferID) (preset, bool) {
	i := slices.IndexFunc(w.presets, func(p preset) bool { return p.id == id })
	if i < 0 {
		return preset{}, false
	}
	return w.presets[i], true
}
