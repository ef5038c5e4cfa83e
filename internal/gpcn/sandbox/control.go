package sandbox

import (
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/sandboxkit"
)

// Control serves the routes through which tests in other processes set up the tenant; a
// VM is one of either kind:
//
//	GET    /_sandbox/gpcn/vms                   -> {"vms":[…],"gpus":[…]}
//	POST   /_sandbox/gpcn/vms/{id}/rename       {"name":"…"}
//	POST   /_sandbox/gpcn/vms/{id}/status       {"status":"Error"}
//	POST   /_sandbox/gpcn/vms/{id}/hotplug      {"on":false}
//	DELETE /_sandbox/gpcn/vms/{id}
//	GET    /_sandbox/gpcn/volumes               -> {"volumes":[…]}
//	POST   /_sandbox/gpcn/next-job              {"outcome":"fail|cancel|vanish","at":60}
//	POST   /_sandbox/gpcn/gpu-provider          {"down":true}
//	POST   /_sandbox/gpcn/sell-out              {"sku_code":"…"}
//	POST   /_sandbox/gpcn/limit                 {"per_minute":100}
func (s *Sandbox) Control() http.Handler {
	const root = "/_sandbox/" + vendor
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+root+"/vms", func(w http.ResponseWriter, _ *http.Request) {
		sandboxkit.WriteJSON(w, http.StatusOK, struct {
			VMs  []gpcn.VM  `json:"vms"`
			GPUs []gpcn.GPU `json:"gpus"`
		}{s.VMs(), s.GPUs()})
	})
	mux.HandleFunc("POST "+root+"/vms/{id}/rename", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Name string `json:"name"`
		}
		arrange(w, r, &order, func() answer { return found(s.RenameVM(cloud.VMID(r.PathValue("id")), order.Name)) })
	})
	mux.HandleFunc("POST "+root+"/vms/{id}/status", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Status gpcn.Status `json:"status"`
		}
		arrange(w, r, &order, func() answer { return found(s.SetStatus(cloud.VMID(r.PathValue("id")), order.Status)) })
	})
	mux.HandleFunc("POST "+root+"/vms/{id}/hotplug", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			On bool `json:"on"`
		}
		arrange(w, r, &order, func() answer { return found(s.SetHotplug(cloud.VMID(r.PathValue("id")), order.On)) })
	})
	mux.HandleFunc("DELETE "+root+"/vms/{id}", func(w http.ResponseWriter, r *http.Request) {
		found(s.RemoveVM(cloud.VMID(r.PathValue("id")))).write(w)
	})
	mux.HandleFunc("GET "+root+"/volumes", func(w http.ResponseWriter, _ *http.Request) {
		sandboxkit.WriteJSON(w, http.StatusOK, struct {
			Volumes []gpcn.Volume `json:"volumes"`
		}{s.Volumes()})
	})
	mux.HandleFunc("POST "+root+"/next-job", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Outcome Outcome `json:"outcome"`
			At      int     `json:"at"`
		}
		arrange(w, r, &order, func() answer {
			if !s.NextJob(order.Outcome, order.At) {
				return refuse(http.StatusBadRequest, "outcome is fail, cancel or vanish; at is 0 to 100")
			}
			return arranged()
		})
	})
	mux.HandleFunc("POST "+root+"/gpu-provider", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Down bool `json:"down"`
		}
		arrange(w, r, &order, func() answer {
			s.SetGPUProvider(order.Down)
			return arranged()
		})
	})
	s.controlScarcity(mux, root)
	return mux
}

// controlScarcity adds the routes for stock and limits.
func (s *Sandbox) controlScarcity(mux *http.ServeMux, root string) {
	mux.HandleFunc("POST "+root+"/sell-out", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			SKUCode string `json:"sku_code"`
		}
		arrange(w, r, &order, func() answer {
			if !s.SellOut(order.SKUCode) {
				return unknown("SKU")
			}
			return arranged()
		})
	})
	mux.HandleFunc("POST "+root+"/limit", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			PerMinute int `json:"per_minute"`
		}
		arrange(w, r, &order, func() answer {
			if order.PerMinute < 1 {
				return refuse(http.StatusBadRequest, "per_minute is 1 or more")
			}
			s.SetLimit(order.PerMinute)
			return arranged()
		})
	})
}

// arrange reads a control request and executes it.
func arrange(w http.ResponseWriter, r *http.Request, order any, act func() answer) {
	if err := sandboxkit.DecodeStrict(r, order); err != nil {
		refuse(http.StatusBadRequest, err.Error()).write(w)
		return
	}
	act().write(w)
}

func arranged() answer { return answer{status: http.StatusNoContent} }

func found(there bool) answer {
	if !there {
		return unknown("VM")
	}
	return arranged()
}
