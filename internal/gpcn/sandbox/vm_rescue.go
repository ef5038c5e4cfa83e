package sandbox

import (
	"net/http"
	"time"

	"countersign/internal/gpcn"
)

// rescueTakes is how long a machine needs into rescue and out of it.
const rescueTakes = 2 * time.Second

// rescueAnswer is the response on page "Rescue a virtual machine", which has no message.
type rescueAnswer struct {
	Success bool     `json:"success"`
	Data    gpcn.Job `json:"data"`
}

// rescueVM is page "Rescue a virtual machine". It accepts the images of creates, which
// is [inferred]; none of them is custom here.
func (s *Sandbox) rescueVM(r *http.Request) answer {
	f := &form{}
	f.body(r, "sourceType", "sourceImageId")
	f.require("sourceType", "sourceImageId")
	source, image := f.oneOf("sourceType", "catalog", "custom"), f.id("sourceImageId")
	return s.onVM(r, f, func(v *vm) answer {
		if _, there := v.at.image(*image); !there || *source == "custom" {
			return invalid(issue{"sourceImageId", "The image was not found"})
		}
		if !v.status.Is(gpcn.StatusRunning, gpcn.StatusShutoff, gpcn.StatusStopped) {
			return refuse(http.StatusConflict, "The virtual machine is not in a valid state for this operation: "+string(v.status))
		}
		return s.reboot("rescue", v, gpcn.StatusRescuing, gpcn.StatusRescue)
	})
}

func (s *Sandbox) endRescue(r *http.Request) answer {
	return s.onVM(r, &form{}, func(v *vm) answer {
		if v.status != gpcn.StatusRescue {
			return refuse(http.StatusNotFound, "The virtual machine is not in rescue mode")
		}
		return s.reboot("unrescue", v, gpcn.StatusUnrescuing, gpcn.StatusRunning)
	})
}

// reboot moves a VM through a transient status to its final one, or back to the present
// one if the job does not succeed [inferred].
func (s *Sandbox) reboot(operation string, v *vm, passing, final gpcn.Status) answer {
	w, before := s.world, v.status
	v.become(passing, w.now)
	return answer{http.StatusAccepted, rescueAnswer{Success: true, Data: w.start(operation, &v.machine, rescueTakes, func(outcome Outcome) {
		if outcome == succeed {
			v.become(final, w.now)
			return
		}
		v.become(before, w.now)
	})}}
}
