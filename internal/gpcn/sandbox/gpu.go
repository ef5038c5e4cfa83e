package sandbox

import (
	"net/http"
	"regexp"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
)

// gpuUsername is the rule of page "Update a GPU VM".
var gpuUsername = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_-]*$`)

const shortestGPUUsername, longestGPUUsername = 3, 20

// gpu is a GPU VM.
type gpu struct {
	machine
	of    *stock
	holds bool // GPUs of the stock
	image string
	ip    string
}

// release returns the GPUs to the stock, once.
func (g *gpu) release() {
	if g.holds {
		g.holds = false
		g.of.free++
	}
}

func (g *gpu) row(w *world) gpcn.GPURow {
	specs := g.of.sku.Specs
	out := gpcn.GPURow{
		ID: g.id, Name: g.name, Status: g.status, CreatedAt: gpcn.NewTimestamp(g.created), UpdatedAt: gpcn.NewTimestamp(g.updated),
		Configuration: gpcn.GPUConfiguration{
			Name: g.of.of.name, Code: g.of.of.code, GPUCount: &g.of.count, CPU: specs.VCPU, RAM: specs.MemoryGiB, Disk: specs.StorageGB,
			SKUID: g.of.skuID, SKUCode: g.of.sku.SKUCode,
		},
		Datacenter: g.at.wire(), ResourceGroupID: g.group,
	}
	if g.ip != "" {
		out.IP = &g.ip
	}
	if g.group != nil {
		if group, there := w.group(string(*g.group)); there {
			out.ResourceGroupName = &group.Name
		}
	}
	return out
}

func (g *gpu) wire(w *world) gpcn.GPU {
	return gpcn.GPU{
		GPURow: g.row(w), Image: &g.image, Username: g.username, SSHKeyID: g.key, SSHKeyName: g.keyName(w), JupyterURL: g.jupyter(),
	}
}

// jupyter returns the URL of the notebook server while the machine runs. Its form is
// [inferred]; it contains a token as Jupyter's URLs do.
func (g *gpu) jupyter() *string {
	if g.status != gpcn.StatusRunning || g.ip == "" {
		return nil
	}
	return new("http://" + g.ip + ":8888/lab?token=sandbox-jupyter-" + string(g.id))
}

func (s *Sandbox) listGPUs(r *http.Request) answer {
	f := &form{}
	group := f.queryID(r, "resourceGroupId")
	rows := []gpcn.GPURow{}
	for _, g := range s.world.gpus {
		if group == "" || g.group != nil && group == string(*g.group) {
			rows = append(rows, g.row(s.world))
		}
	}
	return table[gpcn.GPURow]{
		message: "GPU VMs retrieved successfully", rows: rows, order: "createdAt:desc",
		columns: map[string]func(gpcn.GPURow) string{
			"name":      func(g gpcn.GPURow) string { return g.Name },
			"createdAt": func(g gpcn.GPURow) string { return string(g.CreatedAt) },
			"updatedAt": func(g gpcn.GPURow) string { return string(g.UpdatedAt) },
		},
		search: func(g gpcn.GPURow) []string { return []string{g.Name} },
	}.page(r, f)
}

// onGPU runs an operation on the GPU VM in the path.
func (s *Sandbox) onGPU(r *http.Request, f *form, act func(*gpu) answer) answer {
	id := f.pathID(r)
	if a, refused := f.refused(); refused {
		return a
	}
	g, there := s.world.gpu(id)
	if !there {
		return unknown("GPU VM")
	}
	return act(g)
}

func (s *Sandbox) getGPU(r *http.Request) answer {
	return s.onGPU(r, &form{}, func(g *gpu) answer { return ok("GPU VM retrieved successfully", g.wire(s.world)) })
}

// updateGPU is page "Update a GPU VM": it changes records only. An SSH key that is left
// out stays, and null clears it. An empty object changes nothing [inferred].
func (s *Sandbox) updateGPU(r *http.Request) answer {
	f := &form{}
	f.body(r, "name", "resourceGroupId", "sshKeyId", "username")
	name, group := f.name(), f.id("resourceGroupId")
	username := f.matching("username", shortestGPUUsername, longestGPUUsername, gpuUsername)
	var key *string
	if !f.null("sshKeyId") {
		key = f.id("sshKeyId")
	}
	return s.onGPU(r, f, func(g *gpu) answer {
		if key != nil {
			if _, there := s.world.key(*key); !there {
				return unknown("SSH key")
			}
		}
		return s.change(&g.machine, name, group, func() answer {
			if f.has("sshKeyId") {
				g.key = (*cloud.SSHKeyID)(key)
			}
			if username != nil {
				g.username = username
			}
			return ok("GPU VM updated successfully", g.wire(s.world))
		})
	})
}

func (s *Sandbox) deleteGPU(r *http.Request) answer {
	return s.onGPU(r, &form{}, func(g *gpu) answer {
		return s.world.remove(&g.machine, func() { s.world.removeGPU(g) })
	})
}

// bulkRow is a gpcn.BulkRow whose missing error is written as null.
type bulkRow struct {
	ID      string  `json:"id"`
	Success bool    `json:"success"`
	Error   *string `json:"error"`
}

// stopGPUs is page "Stop GPU VMs in bulk": each machine stops or fails on its
// own.
func (s *Sandbox) stopGPUs(r *http.Request) answer {
	f := &form{}
	f.body(r, "ids")
	ids := f.ids("ids")
	if a, refused := f.refused(); refused {
		return a
	}
	var out struct {
		Results []bulkRow        `json:"results"`
		Summary gpcn.BulkSummary `json:"summary"`
	}
	out.Summary.Total = len(ids)
	for _, id := range ids {
		refusal := "GPU VM not found"
		if g, there := s.world.gpu(id); there {
			refusal = s.world.switchTo(&g.machine, gpcn.StatusStopping, gpcn.StatusShutoff)
		}
		row := bulkRow{ID: id, Success: refusal == ""}
		if row.Success {
			out.Summary.Succeeded++
		} else {
			row.Error = &refusal
			out.Summary.Failed++
		}
		out.Results = append(out.Results, row)
	}
	return ok("Bulk stop completed", out)
}

// deleteGPUs is page "Delete GPU VMs in bulk". A machine that does not exist, or cannot
// be deleted in its state, has no job [inferred].
func (s *Sandbox) deleteGPUs(r *http.Request) answer {
	f := &form{}
	f.body(r, "ids")
	ids := f.ids("ids")
	if a, refused := f.refused(); refused {
		return a
	}
	started := jobList{Jobs: []gpcn.Job{}}
	for _, id := range ids {
		g, there := s.world.gpu(id)
		if !there {
			continue
		}
		if job, begun := s.world.removal(&g.machine, func() { s.world.removeGPU(g) }); begun {
			started.Jobs = append(started.Jobs, job)
		}
	}
	return accepted("Bulk deletion started", started)
}

// addGPU adds a GPU VM without any job and takes its GPUs from the stock.
func (w *world) addGPU(m machine, of *stock, image string) *gpu {
	of.free--
	g := &gpu{machine: m, of: of, holds: true, image: image}
	w.gpus = append(w.gpus, g)
	return g
}
