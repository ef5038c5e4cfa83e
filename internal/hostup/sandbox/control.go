package sandbox

import (
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
	"countersign/internal/sandboxkit"
)

// Control serves the routes through which tests in other processes set up the account:
//
//	GET    /_sandbox/hostup/keys                 -> {"keys":[…]}
//	POST   /_sandbox/hostup/keys/{id}/rename     {"name":"…"} -> the key
//	GET    /_sandbox/hostup/vps                  -> {"vps":[…]}
//	POST   /_sandbox/hostup/vps/{id}/rename      {"name":"…"} -> the VPS
//	DELETE /_sandbox/hostup/vps/{id}
//	GET    /_sandbox/hostup/vps/{id}/disk        -> {"disk":"…"}
//	POST   /_sandbox/hostup/vps/{id}/disk        {"disk":"…"}
//	POST   /_sandbox/hostup/vps/{id}/snapshots/{name}/remove {}
//	POST   /_sandbox/hostup/next-deploy          {"outcome":"502_after_done"}
//	POST   /_sandbox/hostup/next-job             {"outcome":"fail|vanish|no_poll_url|absolute_poll_url|foreign_poll_url"}
//	POST   /_sandbox/hostup/job-form             {"form":"envelope|top|operation|module"}
//	POST   /_sandbox/hostup/next-power           {"outcome":"409_despite_gate"}
//	POST   /_sandbox/hostup/no-card              {"on":true}
//	POST   /_sandbox/hostup/page-size            {"rows":2}
func (s *Sandbox) Control() http.Handler {
	const root = "/_sandbox/hostup"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+root+"/keys", func(w http.ResponseWriter, _ *http.Request) {
		sandboxkit.WriteJSON(w, http.StatusOK, struct {
			Keys []hostup.SSHKey `json:"keys"`
		}{s.SSHKeys()})
	})
	mux.HandleFunc("GET "+root+"/vps", func(w http.ResponseWriter, _ *http.Request) {
		sandboxkit.WriteJSON(w, http.StatusOK, struct {
			VPS []hostup.VPS `json:"vps"`
		}{s.VPS()})
	})
	mux.HandleFunc("POST "+root+"/keys/{id}/rename", rename(s, s.RenameSSHKey))
	mux.HandleFunc("POST "+root+"/vps/{id}/rename", rename(s, s.RenameVPS))
	mux.HandleFunc("DELETE "+root+"/vps/{id}", func(w http.ResponseWriter, r *http.Request) {
		if !s.RemoveVPS(cloud.VMID(r.PathValue("id"))) {
			s.WriteError(w, r, http.StatusNotFound, "not_found", "The account has no such VPS.")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	s.controlDisks(mux, root+"/vps/{id}")
	mux.HandleFunc("POST "+root+"/next-deploy", s.outcome("502_after_done", s.LoseNextDeploy))
	mux.HandleFunc("POST "+root+"/next-job", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Outcome Outcome `json:"outcome"`
		}
		if s.read(w, r, &order) {
			s.arranged(w, r, s.NextJob(order.Outcome), "There is no such outcome of a job.")
		}
	})
	mux.HandleFunc("POST "+root+"/job-form", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Form JobForm `json:"form"`
		}
		if s.read(w, r, &order) {
			s.arranged(w, r, s.SetJobForm(order.Form), "There is no such form of a job.")
		}
	})
	mux.HandleFunc("POST "+root+"/next-power", s.outcome("409_despite_gate", s.CloseNextGate))
	mux.HandleFunc("POST "+root+"/page-size", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Rows int `json:"rows"`
		}
		if s.read(w, r, &order) {
			s.SetPageSize(max(order.Rows, 0))
			w.WriteHeader(http.StatusNoContent)
		}
	})
	mux.HandleFunc("POST "+root+"/no-card", func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			On bool `json:"on"`
		}
		if s.read(w, r, &order) {
			s.SetNoCard(order.On)
			w.WriteHeader(http.StatusNoContent)
		}
	})
	return mux
}

// controlDisks adds the routes for the content of a server's disk.
func (s *Sandbox) controlDisks(mux *http.ServeMux, root string) {
	type content struct {
		Disk string `json:"disk"`
	}
	gone := func(w http.ResponseWriter, r *http.Request) {
		s.WriteError(w, r, http.StatusNotFound, "not_found", "The account has no such thing.")
	}
	mux.HandleFunc("GET "+root+"/disk", func(w http.ResponseWriter, r *http.Request) {
		text, there := s.Disk(cloud.VMID(r.PathValue("id")))
		if !there {
			gone(w, r)
			return
		}
		sandboxkit.WriteJSON(w, http.StatusOK, content{text})
	})
	mux.HandleFunc("POST "+root+"/disk", func(w http.ResponseWriter, r *http.Request) {
		var order content
		if !s.read(w, r, &order) {
			return
		}
		if !s.WriteDisk(cloud.VMID(r.PathValue("id")), order.Disk) {
			gone(w, r)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST "+root+"/snapshots/{name}/remove", func(w http.ResponseWriter, r *http.Request) {
		if !s.RemoveSnapshot(cloud.VMID(r.PathValue("id")), cloud.SnapshotID(r.PathValue("name"))) {
			gone(w, r)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// read decodes a control request, and writes the error where it cannot.
func (s *Sandbox) read(w http.ResponseWriter, r *http.Request, order any) bool {
	if err := sandboxkit.DecodeStrict(r, order); err != nil {
		s.WriteError(w, r, http.StatusBadRequest, "invalid_request", err.Error())
		return false
	}
	return true
}

// outcome sets the only possible outcome for the next call of a kind.
func (s *Sandbox) outcome(known string, arrange func()) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Outcome string `json:"outcome"`
		}
		switch {
		case !s.read(w, r, &order):
		case order.Outcome != known:
			s.WriteError(w, r, http.StatusBadRequest, "invalid_request", "The outcome here is "+known+".")
		default:
			arrange()
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

// arranged writes the response to a control request: done, or not valid.
func (s *Sandbox) arranged(w http.ResponseWriter, r *http.Request, done bool, refusal string) {
	if !done {
		s.WriteError(w, r, http.StatusBadRequest, "invalid_request", refusal)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// rename is the control route that renames a resource without the client.
func rename[ID ~string, T any](s *Sandbox, carryOut func(ID, string) (T, bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var order struct {
			Name string `json:"name"`
		}
		if !s.read(w, r, &order) {
			return
		}
		renamed, there := carryOut(ID(r.PathValue("id")), order.Name)
		if !there {
			s.WriteError(w, r, http.StatusNotFound, "not_found", "The account has no such thing.")
			return
		}
		sandboxkit.WriteJSON(w, http.StatusOK, renamed)
	}
}
