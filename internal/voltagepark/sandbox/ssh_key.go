package sandbox

import "net/http"

func (s *Sandbox) listSSHKeys(r *http.Request) answer {
	var f form
	limit, offset := f.page(r, 150, 150)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	return envelope(s.world.keys, limit, offset)
}
