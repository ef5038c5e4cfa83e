package sandbox

import (
	"net/http"
	"time"

	"countersign/internal/gpcn"
)

// resizeTakes is how long a resize takes; the vendor promises nothing.
const resizeTakes = 2 * time.Second

// upgrades reports whether a VM can be upgraded to a size: none of its resources may
// shrink [inferred].
func (v *vm) upgrades(size gpcn.Size) bool {
	return size.SKUID != v.size.SKUID && *size.CPU >= *v.size.CPU && *size.RAM >= *v.size.RAM && *size.Disk >= *v.size.Disk
}

// resizeVM moves a VM through Resizing back to its present state. It is documented that
// its present size is refused. That it need not be stopped, and the errors for an unknown
// size and a smaller one, are [inferred].
func (s *Sandbox) resizeVM(r *http.Request) answer {
	f := &form{}
	f.body(r, "skuId")
	f.require("skuId")
	sku := f.id("skuId")
	return s.onVM(r, f, func(v *vm) answer {
		size, category, there := v.at.size(*sku)
		switch {
		case !there:
			return unknown("Virtual machine size")
		case !v.upgrades(size):
			return refuse(http.StatusBadRequest, "The virtual machine cannot be resized to this size")
		case !v.status.Is(gpcn.StatusRunning, gpcn.StatusShutoff, gpcn.StatusStopped):
			return refuse(http.StatusConflict, "The virtual machine is not in a valid state for this operation: "+string(v.status))
		}
		w, before := s.world, v.status
		v.become(gpcn.StatusResizing, w.now)
		return accepted("Resize started", w.start("resize", &v.machine, resizeTakes, func(outcome Outcome) {
			if outcome == succeed {
				v.size, v.category = size, category
			}
			v.become(before, w.now)
		}))
	})
}
