package sandbox

import (
	"net/http"
	"regexp"
	"slices"

	"countersign/internal/sshkey"
	"countersign/internal/voltagepark"
)

func (s *Sandbox) listSSHKeys(r *http.Request) answer {
	var f form
	limit, offset := f.page(r, 150, 150)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	return envelope(s.world.keys, limit, offset)
}

// keyName matches a name with the characters that the page allows.
var keyName = regexp.MustCompile(`^[A-Za-z0-9 -]*$`)

// addSSHKey adds a key to the organization. The page lists only 422, so that is the status
// for a name in use and for a content that is not a key [inferred].
func (s *Sandbox) addSSHKey(r *http.Request) answer {
	f := &form{}
	f.body(r, "name", "content")
	f.require("name", "content")
	name, content := f.text("name", false), f.text("content", false)
	switch n := len(textOf(name)); {
	case name == nil:
	case n < 3:
		f.report("string_too_short", "String should have at least 3 characters", "body", "name")
	case n > 64:
		f.report("string_too_long", "String should have at most 64 characters", "body", "name")
	case !keyName.MatchString(*name):
		f.report("string_pattern_mismatch", "String should match pattern '"+keyName.String()+"'", "body", "name")
	case slices.ContainsFunc(s.world.keys, func(k voltagepark.SSHKey) bool { return k.Name == *name }):
		f.report("value_error", "An SSH key with this name exists already", "body", "name")
	}
	if content != nil {
		if _, err := sshkey.Parse(*content); err != nil {
			f.report("value_error", "Invalid SSH public key", "body", "content")
		}
	}
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	s.world.addKey(*name)
	key := &s.world.keys[len(s.world.keys)-1]
	key.Content = *content
	return answer{http.StatusCreated, *key}
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// deleteSSHKey deletes a key from the organization; machines keep it. That an unknown ID
// returns 404 is [inferred].
func (s *Sandbox) deleteSSHKey(r *http.Request) answer {
	f := &form{}
	id := f.pathID(r, "ssh_key_id")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	i := slices.IndexFunc(s.world.keys, func(k voltagepark.SSHKey) bool { return string(k.ID) == id })
	if i < 0 {
		return refuse(http.StatusNotFound, "SSH key not found")
	}
	s.world.keys = slices.Delete(s.world.keys, i, i+1)
	return answer{status: http.StatusNoContent}
}
