package sandbox

import (
	"net/http"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/sandboxkit"
	"countersign/internal/voltagepark"
)

// Control serves the routes through which tests in other processes set up the account:
//
//	GET    /_sandbox/voltagepark/vms                   -> {"vms":[…]}
//	POST   /_sandbox/voltagepark/vms/{id}/rename       {"name":"…"}
//	POST   /_sandbox/voltagepark/vms/{id}/tags         {"tags":["…"]}
//	DELETE /_sandbox/voltagepark/vms/{id}
//	GET    /_sandbox/voltagepark/volumes               -> {"volumes":[…]}
//	POST   /_sandbox/voltagepark/volumes/{id}/fill     {"used_bytes":1}
//	POST   /_sandbox/voltagepark/rentals               {"name":"…","power":"Running|Stopped"} -> {"id":"…"}
//	POST   /_sandbox/voltagepark/sell-out
//	POST   /_sandbox/voltagepark/volumes               {"name":"…","size_in_gb":1} -> {"id":"…"}
//	POST   /_sandbox/voltagepark/rentals               {"name":"…","power":"Running|Stopped"} -> {"id":"…"}
//	POST   /_sandbox/voltagepark/forget-rental-reads
//	POST   /_sandbox/voltagepark/prices                {"gpu_per_hour":"2.5"}
func (s *Sandbox) Control() http.Handler {
	const vms = "/_sandbox/" + vendor + "/vms"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+vms, func(w http.ResponseWriter, _ *http.Request) {
		sandboxkit.WriteJSON(w, http.StatusOK, struct {
			VMs []voltagepark.VirtualMachine `json:"vms"`
		}{s.VMs()})
	})
	mux.HandleFunc("POST "+vms+"/{id}/rename", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Name string `json:"name"`
		}
		arrange(w, r, &order, func(id cloud.VMID) bool { return s.RenameVM(id, order.Name) })
	})
	mux.HandleFunc("POST "+vms+"/{id}/tags", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Tags []string `json:"tags"`
		}
		arrange(w, r, &order, func(id cloud.VMID) bool { return s.TagVM(id, order.Tags...) })
	})
	mux.HandleFunc("DELETE "+vms+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		arrange(w, r, nil, s.RemoveVM)
	})
	s.controlVolumes(mux)
	mux.HandleFunc("POST /_sandbox/"+vendor+"/sell-out", func(w http.ResponseWriter, _ *http.Request) {
		s.SellOut()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /_sandbox/"+vendor+"/volumes", s.putVolume)
	mux.HandleFunc("POST /_sandbox/"+vendor+"/rentals", s.putRental)
	mux.HandleFunc("POST /_sandbox/"+vendor+"/forget-rental-reads", func(w http.ResponseWriter, _ *http.Request) {
		s.ForgetRentalReads()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /_sandbox/"+vendor+"/prices", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			GPUPerHour decimal.Decimal `json:"gpu_per_hour"`
		}
		if err := sandboxkit.DecodeStrict(r, &order); err != nil {
			refuse(http.StatusBadRequest, err.Error()).write(w)
			return
		}
		s.Reprice(order.GPUPerHour)
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func (s *Sandbox) putRental(w http.ResponseWriter, r *http.Request) {
	var order struct {
		Name  string `json:"name"`
		Power string `json:"power"`
	}
	if err := sandboxkit.DecodeStrict(r, &order); err != nil {
		refuse(http.StatusBadRequest, err.Error()).write(w)
		return
	}
	sandboxkit.WriteJSON(w, http.StatusOK, struct {
		ID cloud.RentalID `json:"id"`
	}{s.PutRental(order.Name, order.Power)})
}

func (s *Sandbox) putVolume(w http.ResponseWriter, r *http.Request) {
	var order struct {
		Name     string `json:"name"`
		SizeInGB int    `json:"size_in_gb"`
	}
	if err := sandboxkit.DecodeStrict(r, &order); err != nil {
		refuse(http.StatusBadRequest, err.Error()).write(w)
		return
	}
	sandboxkit.WriteJSON(w, http.StatusOK, struct {
		ID cloud.VolumeID `json:"id"`
	}{s.PutVolume(order.Name, order.SizeInGB)})
}

// arrange reads a control request, if it has a body, and executes it on the machine in the
// path.
func arrange(w http.ResponseWriter, r *http.Request, order any, act func(cloud.VMID) bool) {
	if order != nil {
		if err := sandboxkit.DecodeStrict(r, order); err != nil {
			refuse(http.StatusBadRequest, err.Error()).write(w)
			return
		}
	}
	if !act(cloud.VMID(r.PathValue("id"))) {
		refuse(http.StatusNotFound, "no such VM").write(w)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
