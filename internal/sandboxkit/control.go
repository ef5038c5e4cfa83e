package sandboxkit

import (
	"fmt"
	"net/http"
	"time"
)

// Control returns the handler by which tests in other processes control a sandbox:
//
//	POST   /_sandbox/faults    {"vendor":"…","kind":"lost_answer","method":"POST","path":"/api/*","times":1}
//	DELETE /_sandbox/faults
//	POST   /_sandbox/clock     {"advance":"1h"} or {"stand":true} -> {"now":"…"}
//	GET    /_sandbox/requests  ?vendor=&method=&path= -> {"requests":[…]}
//	GET    /_sandbox/count     ?vendor=&method=&path= -> {"count":n}
//
// A vendor's own control routes begin with /_sandbox/<vendor>/ and are mounted
// separately.
func (k *Kit) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /_sandbox/faults", k.postFault)
	mux.HandleFunc("DELETE /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		k.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /_sandbox/clock", k.postClock)
	mux.HandleFunc("GET /_sandbox/requests", func(w http.ResponseWriter, r *http.Request) {
		match := matcher(r.FormValue("method"), r.FormValue("path"))
		WriteJSON(w, http.StatusOK, struct {
			Requests []Request `json:"requests"`
		}{k.journal.matching(r.FormValue("vendor"), match)})
	})
	mux.HandleFunc("GET /_sandbox/count", func(w http.ResponseWriter, r *http.Request) {
		match := matcher(r.FormValue("method"), r.FormValue("path"))
		WriteJSON(w, http.StatusOK, struct {
			Count int `json:"count"`
		}{len(k.journal.matching(r.FormValue("vendor"), match))})
	})
	return mux
}

func (k *Kit) postFault(w http.ResponseWriter, r *http.Request) {
	var order struct {
		Vendor string `json:"vendor"`
		wireFault
	}
	if err := DecodeStrict(r, &order); err != nil {
		controlError(w, err)
		return
	}
	if order.Vendor == "" || order.Kind == "" {
		controlError(w, fmt.Errorf("vendor and kind are required; kinds are %q", faultKinds()))
		return
	}
	k.AddFault(order.Vendor, order.fault())
	WriteJSON(w, http.StatusCreated, order)
}

func (k *Kit) postClock(w http.ResponseWriter, r *http.Request) {
	var order struct {
		Advance span `json:"advance"`
		Stand   bool `json:"stand"`
	}
	if err := DecodeStrict(r, &order); err != nil {
		controlError(w, err)
		return
	}
	if order.Advance < 0 {
		controlError(w, fmt.Errorf("the clock does not go back"))
		return
	}
	if order.Stand {
		k.Clock.Stand()
	}
	k.Clock.Advance(time.Duration(order.Advance))
	WriteJSON(w, http.StatusOK, struct {
		Now time.Time `json:"now"`
	}{k.Clock.Now()})
}

// controlError writes what is wrong with a control request.
func controlError(w http.ResponseWriter, err error) {
	WriteJSON(w, http.StatusBadRequest, struct {
		Error string `json:"error"`
	}{err.Error()})
}
