package sandbox

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
	"countersign/internal/sandboxkit"
)

// defaultPage is how many keys a page has when no limit is given [inferred].
const defaultPage = 20

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

// RemoveSSHKey takes a key away and reports whether it was there.
func (s *Sandbox) RemoveSSHKey(id cloud.SSHKeyID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.indexOf(id)
	if i >= 0 {
		s.keys = slices.Delete(s.keys, i, i+1)
	}
	return i >= 0
}

// RenameSSHKey renames a key as somebody else would, whatever its gate says. It
// reports whether the key was there.
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
func (s *Sandbox) listSSHKeys(w http.ResponseWriter, r *http.Request) {
	limit, offset := defaultPage, 0
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > hostup.MaxSSHKeyPage {
			s.invalid(w, r, hostup.ProblemIssue{Pointer: "/limit", Detail: "`limit` must be 1 to 100.", Code: "out_of_range"})
			return
		}
		limit = n
	}
	if text := r.URL.Query().Get("cursor"); text != "" {
		n, ok := readCursor(text)
		if !ok {
			s.invalid(w, r, hostup.ProblemIssue{Pointer: "/cursor", Detail: "`cursor` is not one that this list gave out.", Code: "invalid_cursor"})
			return
		}
		offset = n
	}
	page, more := sandboxkit.Offset(s.SSHKeys(), limit, offset)
	answer := hostup.SSHKeyList{Data: page}
	if more {
		next := writeCursor(offset + limit)
		answer.NextCursor = &next
	}
	sandboxkit.WriteJSON(w, http.StatusOK, answer)
}

// cursor is what stands behind the opaque text of a cursor.
type cursor struct {
	Offset int `json:"offset"`
}

func writeCursor(offset int) string {
	raw := fmt.Sprintf(`{"offset":%d}`, offset)
	return base64.StdEncoding.EncodeToString([]byte(raw))
}

func readCursor(text string) (offset int, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	var c cursor
	if json.Unmarshal(raw, &c) != nil || c.Offset < 0 {
		return 0, false
	}
	return c.Offset, true
}

// renameSSHKey is page "Rename VPS SSH key".
func (s *Sandbox) renameSSHKey(w http.ResponseWriter, r *http.Request) {
	name, issues, err := readRename(r)
	if err != nil || len(issues) > 0 {
		s.invalid(w, r, issues...)
		return
	}
	id := cloud.SSHKeyID(r.PathValue("id"))
	s.mu.Lock()
	i := s.indexOf(id)
	if i < 0 {
		s.mu.Unlock()
		// [inferred]: the page names the status, not the code.
		s.WriteError(w, r, http.StatusNotFound, "not_found", "The resource does not exist or is not owned by the caller.")
		return
	}
	if code, reason, blocked := blockedRename(s.keys[i]); blocked {
		s.mu.Unlock()
		// [inferred]: the page shows the gate, not what is answered behind it.
		s.WriteError(w, r, http.StatusConflict, code, reason)
		return
	}
	s.keys[i].Name = name
	renamed := s.keys[i]
	s.mu.Unlock()
	sandboxkit.WriteJSON(w, http.StatusOK, renamed)
}

// blockedRename reads the gate of a key; a key without one may be renamed.
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

// readRename checks the body of a rename, which accepts the name only. Of the
// issues' codes, missing_required is documented and the others are [inferred].
func readRename(r *http.Request) (name string, issues []hostup.ProblemIssue, err error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return "", nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return "", nil, err
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if field != "name" {
			issues = append(issues, hostup.ProblemIssue{
				Pointer: "/" + field, Detail: "`" + field + "` is not accepted here.", Code: "unknown_field",
			})
		}
	}
	value, given := fields["name"]
	switch {
	case !given:
		issues = append(issues, hostup.ProblemIssue{Pointer: "/name", Detail: "`name` is required.", Code: "missing_required"})
	case bytes.Equal(value, []byte("null")) || json.Unmarshal(value, &name) != nil:
		issues = append(issues, hostup.ProblemIssue{Pointer: "/name", Detail: "`name` must be a string.", Code: "invalid_type"})
	case strings.TrimSpace(name) == "":
		issues = append(issues, hostup.ProblemIssue{Pointer: "/name", Detail: "`name` must not be empty.", Code: "too_short"})
	}
	return name, issues, nil
}

// invalid answers that the body or the query failed validation.
func (s *Sandbox) invalid(w http.ResponseWriter, r *http.Request, issues ...hostup.ProblemIssue) {
	s.writeProblem(w, r, http.StatusBadRequest, "invalid_request", "The request body failed validation.", issues)
}

// postRename is the control route that renames a key behind the client's back.
func (s *Sandbox) postRename(w http.ResponseWriter, r *http.Request) {
	var order hostup.SSHKeyRename
	if err := sandboxkit.DecodeStrict(r, &order); err != nil {
		s.WriteError(w, r, http.StatusBadRequest, "invalid_request", err.Error())
		return
	}
	key, ok := s.RenameSSHKey(cloud.SSHKeyID(r.PathValue("id")), order.Name)
	if !ok {
		s.WriteError(w, r, http.StatusNotFound, "not_found", "The account has no such key.")
		return
	}
	sandboxkit.WriteJSON(w, http.StatusOK, key)
}
