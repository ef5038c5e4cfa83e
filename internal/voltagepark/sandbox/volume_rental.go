package sandbox

import (
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/sandboxkit"
)

// rental is as much of a bare-metal rental as volumes need.
type rental struct {
	id    cloud.MachineRef
	name  string
	power string
}

// PutRental adds a bare-metal rental; power is Running or Stopped.
func (s *Sandbox) PutRental(name, power string) cloud.MachineRef {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &rental{id: cloud.MachineRef(s.kit.Seed.UUID()), name: name, power: power}
	s.world.rentals = append(s.world.rentals, r)
	return r.id
}

// listRentals shows what a volume's plan reads of a rental; the page has more.
func (s *Sandbox) listRentals(r *http.Request) answer {
	type row struct {
		ID          cloud.MachineRef `json:"id"`
		Name        string           `json:"name"`
		Status      string           `json:"status"`
		PowerStatus string           `json:"power_status"`
	}
	var f form
	limit, offset := f.page(r, 3, 15)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	var rows []row
	for _, r := range s.world.rentals {
		rows = append(rows, row{r.id, r.name, "Running", r.power})
	}
	return envelope(rows, limit, offset)
}

// controlRentals serves the routes that arrange rentals.
func (s *Sandbox) controlRentals(mux *http.ServeMux) {
	mux.HandleFunc("POST /_sandbox/"+vendor+"/rentals", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Name  string `json:"name"`
			Power string `json:"power"`
		}
		if err := sandboxkit.DecodeStrict(r, &order); err != nil {
			refuse(http.StatusBadRequest, err.Error()).write(w)
			return
		}
		sandboxkit.WriteJSON(w, http.StatusOK, struct {
			ID cloud.MachineRef `json:"id"`
		}{s.PutRental(order.Name, order.Power)})
	})
}
