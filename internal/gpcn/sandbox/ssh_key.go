package sandbox

import (
	"net/http"
	"slices"

	"countersign/internal/gpcn"
)

func (s *Sandbox) listSSHKeys(r *http.Request) answer {
	return table[gpcn.SSHKey]{
		message: "SSH keys retrieved successfully", rows: s.world.keys, order: "createdAt:desc",
		columns: map[string]func(gpcn.SSHKey) string{
			"name":      func(k gpcn.SSHKey) string { return k.Name },
			"createdAt": func(k gpcn.SSHKey) string { return string(k.CreatedAt) },
		},
		search: func(k gpcn.SSHKey) []string { return []string{k.Name} },
	}.page(r, &form{})
}

// onKey runs an operation on the key in the path.
func (s *Sandbox) onKey(r *http.Request, f *form, act func(*gpcn.SSHKey) answer) answer {
	id := f.pathID(r)
	if a, refused := f.refused(); refused {
		return a
	}
	i := slices.IndexFunc(s.world.keys, func(k gpcn.SSHKey) bool { return string(k.ID) == id })
	if i < 0 {
		return unknown("SSH key")
	}
	return act(&s.world.keys[i])
}

func (s *Sandbox) getSSHKey(r *http.Request) answer {
	return s.onKey(r, &form{}, func(k *gpcn.SSHKey) answer { return ok("SSH key retrieved successfully", *k) })
}

func (s *Sandbox) renameSSHKey(r *http.Request) answer {
	f := &form{}
	f.body(r, "name")
	f.require("name")
	name := f.matching("name", 1, gpcn.MaxSSHKeyName, nil)
	return s.onKey(r, f, func(k *gpcn.SSHKey) answer {
		k.Name, k.UpdatedAt = *name, gpcn.NewTimestamp(s.world.now)
		return done("SSH key updated successfully")
	})
}
