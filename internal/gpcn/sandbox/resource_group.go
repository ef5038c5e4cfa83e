package sandbox

import (
	"net/http"
	"slices"

	"countersign/internal/gpcn"
)

func (s *Sandbox) listResourceGroups(r *http.Request) answer {
	return table[gpcn.ResourceGroup]{
		message: "Resource groups retrieved successfully", rows: s.world.groups, order: "name:asc",
		columns: map[string]func(gpcn.ResourceGroup) string{
			"name":      func(g gpcn.ResourceGroup) string { return g.Name },
			"createdAt": func(g gpcn.ResourceGroup) string { return string(g.CreatedAt) },
		},
		search: func(g gpcn.ResourceGroup) []string { return []string{g.Name} },
	}.page(r, &form{})
}

// onGroup runs an operation on the resource group in the path.
func (s *Sandbox) onGroup(r *http.Request, f *form, act func(*gpcn.ResourceGroup) answer) answer {
	id := f.pathID(r)
	if a, refused := f.refused(); refused {
		return a
	}
	i := slices.IndexFunc(s.world.groups, func(g gpcn.ResourceGroup) bool { return string(g.ID) == id })
	if i < 0 {
		return unknown("Resource group")
	}
	return act(&s.world.groups[i])
}

func (s *Sandbox) getResourceGroup(r *http.Request) answer {
	return s.onGroup(r, &form{}, func(g *gpcn.ResourceGroup) answer { return ok("Resource group retrieved successfully", *g) })
}

// group reads the body of a create or an update.
func (f *form) group(r *http.Request) (name, description *string) {
	const longestName, longestDescription = 64, 255
	f.body(r, "name", "description")
	return f.matching("name", 1, longestName, nil), f.matching("description", 0, longestDescription, nil)
}

// createResourceGroup accepts a name that another group has [inferred].
func (s *Sandbox) createResourceGroup(r *http.Request) answer {
	f := &form{}
	name, description := f.group(r)
	f.require("name")
	if a, refused := f.refused(); refused {
		return a
	}
	w := s.world
	w.addGroup(*name)
	made := &w.groups[len(w.groups)-1]
	if description != nil {
		made.Description = description
	}
	return answer{http.StatusCreated, success{Success: true, Message: "Resource group created successfully", Data: gpcn.NewResourceGroup{ID: made.ID}}}
}

func (s *Sandbox) updateResourceGroup(r *http.Request) answer {
	f := &form{}
	name, description := f.group(r)
	return s.onGroup(r, f, func(g *gpcn.ResourceGroup) answer {
		assign(&g.Name, name)
		if description != nil {
			g.Description = description
		}
		g.UpdatedAt = gpcn.NewTimestamp(s.world.now)
		return done("Resource group updated successfully")
	})
}

// deleteResourceGroup leaves the group's resources without a group [inferred].
func (s *Sandbox) deleteResourceGroup(r *http.Request) answer {
	return s.onGroup(r, &form{}, func(g *gpcn.ResourceGroup) answer {
		id := g.ID
		leave := func(m *machine) {
			if m.group != nil && *m.group == id {
				m.group = nil
			}
		}
		for _, v := range s.world.vms {
			leave(&v.machine)
		}
		for _, gpu := range s.world.gpus {
			leave(&gpu.machine)
		}
		s.world.groups = slices.DeleteFunc(slices.Clone(s.world.groups), func(other gpcn.ResourceGroup) bool { return other.ID == id })
		return answer{status: http.StatusNoContent}
	})
}
