package sandbox

import (
	"net/http"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
)

// SSHKeys returns all keys, in the order of the list.
func (s *Sandbox) SSHKeys() []hostup.SSHKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.keys)
}

// PutSSHKey adds a key, or replaces the one with the same ID.
func (s *Sandbox) PutSSHKey(key hostup.SSHKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.indexOf(key.ID); i >= 0 {
		s.keys[i] = key
		return
	}
	s.keys = append(s.keys, key)
}

// RemoveSSHKey removes a key and reports whether it existed.
func (s *Sandbox) RemoveSSHKey(id cloud.SSHKeyID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.indexOf(id)
	if i >= 0 {
		s.keys = slices.Delete(s.keys, i, i+1)
	}
	return i >= 0
}

// RenameSSHKey renames a key without the client, whatever its gate says. It reports
// whether the key exists.
func (s *Sandbox) RenameSSHKey(id cloud.SSHKeyID, name string) (hostup.SSHKey, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.indexOf(id)
	if i < 0 {
		return hostup.SSHKey{}, false
	}
	s.keys[i].Name = name
	return s.keys[i], true
}

// indexOf finds a key; the caller holds the lock.
func (s *Sandbox) indexOf(id cloud.SSHKeyID) int {
	return slices.IndexFunc(s.keys, func(k hostup.SSHKey) bool { return k.ID == id })
}

// listSSHKeys is page "List VPS SSH keys".
func (s *Sandbox) listSSHKeys(r *http.Request) answer {
	return paged(r, slices.Clone(s.keys), s.pageSize)
}

// renameSSHKey is page "Rename VPS SSH key", which accepts the name only.
func (s *Sandbox) renameSSHKey(r *http.Request) answer {
	f := readForm(r, "name")
	f.require("name")
	name := f.text("name")
	if f.wrong() {
		return invalid(f.issues...)
	}
	i := s.indexOf(cloud.SSHKeyID(r.PathValue("id")))
	if i < 0 {
		// [inferred]: the page has the status, not the code.
		return refuse(http.StatusNotFound, "not_found", "The resource does not exist or is not owned by the caller.")
	}
	if code, reason, blocked := blockedRename(s.keys[i]); blocked {
		// [inferred]: the page shows the gate, not the error when it is closed.
		return refuse(http.StatusConflict, code, reason)
	}
	s.keys[i].Name = name
	return ok(s.keys[i])
}

// blockedRename returns why a key cannot be renamed; a key without a gate can.
func blockedRename(key hostup.SSHKey) (code, reason string, blocked bool) {
	if key.Actions == nil || key.Actions.CanRename == nil || key.Actions.CanRename.Allowed {
		return "", "", false
	}
	code, reason = "pending_order", "The key cannot be renamed now."
	if gate := key.Actions.CanRename; gate.Code != nil && gate.Reason != nil {
		code, reason = *gate.Code, *gate.Reason
	}
	return code, reason, true
}
