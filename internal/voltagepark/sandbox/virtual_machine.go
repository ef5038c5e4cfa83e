package sandbox

import (
	"net/http"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

func (s *Sandbox) listVMs(r *http.Request) answer {
	var f form
	limit, offset := f.page(r, 10, 100)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	now := s.kit.Clock.Now()
	return envelopeOf(s.world.live(), limit, offset, func(m *machine) voltagepark.VirtualMachine { return m.wire(now) })
}

// onVM runs an operation on the machine in the path. The status is 422 where the ID is not
// a UUID, and 404 for an unknown one, which the page lists for reads only and is
// [inferred] for the others.
func (s *Sandbox) onVM(r *http.Request, f *form, act func(*machine) answer) answer {
	id := f.pathID(r, "virtual_machine_id")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	m := s.world.machine(cloud.VMID(id))
	if m == nil {
		return refuse(http.StatusNotFound, "Virtual machine not found")
	}
	return act(m)
}

func (s *Sandbox) getVM(r *http.Request) answer {
	return s.onVM(r, &form{}, func(m *machine) answer { return ok(m.wire(s.kit.Clock.Now())) })
}

func (s *Sandbox) deleteVM(r *http.Request) answer {
	return s.onVM(r, &form{}, func(m *machine) answer {
		m.terminate(s.kit.Clock.Now())
		return answer{status: http.StatusAccepted}
	})
}

// updateVM returns the new name and tags of the machine.
func (s *Sandbox) updateVM(r *http.Request) answer {
	f := &form{}
	f.body(r, "name", "tags")
	name, tags := f.text("name", true), f.texts("tags", true)
	return s.onVM(r, f, func(m *machine) answer {
		if name != nil {
			m.name = *name
		}
		if f.given("tags") {
			m.tags = tags
		}
		return ok(voltagepark.VMDetails{Name: &m.name, Tags: &m.tags})
	})
}

func (s *Sandbox) setPower(r *http.Request) answer {
	f := &form{}
	f.body(r, "status")
	f.require("status")
	var status voltagepark.PowerStatus
	if text := f.text("status", false); text != nil {
		status = voltagepark.PowerStatus(*text)
		if !slices.Contains([]voltagepark.PowerStatus{voltagepark.StatusStarted, voltagepark.StatusStopped, voltagepark.StatusStoppedDisassociated}, status) {
			f.report("enum", "Input should be 'started', 'stopped' or 'stopped_disassociated'", "body", "status")
		}
	}
	return s.onVM(r, f, func(m *machine) answer {
		if refusal := m.setPower(status, s.kit.Clock.Now()); refusal != "" {
			return refuse(http.StatusBadRequest, refusal)
		}
		return ok(voltagepark.VMPower{Status: status})
	})
}

// createVM creates a machine from a preset. It returns 400 for an unknown preset or key and
// for a preset without stock, which is [inferred]: the page lists the status without
// causes.
func (s *Sandbox) createVM(r *http.Request) answer {
	f := &form{}
	f.body(r, "config_id", "name", "password", "organization_ssh_keys", "ssh_keys", "cloud_init", "tags")
	f.require("config_id", "name")
	config, name, tags := f.identifier("config_id"), f.text("name", false), f.texts("tags", false)
	f.texts("ssh_keys", false)
	if password := f.text("password", true); password != nil && len([]rune(*password)) < 8 {
		f.report("string_too_short", "String should have at least 8 characters", "body", "password")
	}
	keys, _ := f.organizationKeys()
	f.cloudInit("cloud_init")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	of, found := s.world.preset(cloud.OfferID(config))
	if !found {
		return refuse(http.StatusBadRequest, "Instant deploy preset not found")
	}
	if refusal := s.world.unknownKey(keys); refusal != "" {
		return refuse(http.StatusBadRequest, refusal)
	}
	on := s.world.hostFor(of)
	if on == nil {
		return refuse(http.StatusBadRequest, "No instant virtual machine is available for this configuration")
	}
	if tags == nil {
		tags = []string{}
	}
	m := s.world.addMachine(*name, of, on, tags, s.kit.Clock.Now())
	return answer{http.StatusCreated, voltagepark.CreatedVM{VMID: m.id}}
}

// relocateVM moves a released machine to another host with room. The statuses are
// [inferred]: the page does not have the operation.
func (s *Sandbox) relocateVM(r *http.Request) answer {
	return s.onVM(r, &form{}, func(m *machine) answer {
		if m.statusAt(s.kit.Clock.Now()) != voltagepark.VMStoppedDisassociated {
			return refuse(http.StatusBadRequest, "Only virtual machines with disassociated resources can be relocated")
		}
		to := s.world.hostBeside(m)
		if to == nil {
			return refuse(http.StatusBadRequest, "No other hostnode has enough available resources")
		}
		s.world.move(m, to, s.kit.Clock.Now())
		return ok(nil)
	})
}
