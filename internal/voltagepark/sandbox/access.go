package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

// unknownKey returns the error for an ID that is not the organization's; empty where all
// are.
func (w *world) unknownKey(ids []string) (refusal string) {
	for _, id := range ids {
		if !slices.ContainsFunc(w.keys, func(k voltagepark.SSHKey) bool { return string(k.ID) == id }) {
			return fmt.Sprintf("SSH key %s not found", id)
		}
	}
	return ""
}

// organizationKeys reads the selection of keys, a union with the mode as its tag.
func (f *form) organizationKeys() (ids []string, chosen string) {
	const name = "organization_ssh_keys"
	if _, there := f.members[name]; !there {
		return nil, ""
	}
	in := f.inner(name, "mode", "ssh_key_ids")
	defer f.adopt(in)
	in.require("mode")
	mode := in.text("mode", false)
	if mode == nil {
		return nil, ""
	}
	switch *mode {
	case "selective":
		in.require("ssh_key_ids")
		ids = in.texts("ssh_key_ids", false)
		for i, id := range ids {
			if !cloud.IsUUID(id) {
				in.report("uuid_parsing", "Input should be a valid UUID", in.at("ssh_key_ids", i)...)
			}
		}
		return ids, *mode
	case "none", "all":
		if _, there := in.members["ssh_key_ids"]; there {
			in.report("extra_forbidden", "Extra inputs are not permitted", in.at("ssh_key_ids")...)
		}
	default:
		in.report("union_tag_invalid", "Input tag found using 'mode' does not match any of the expected tags: 'none', 'all', 'selective'", in.within...)
	}
	return nil, *mode
}

// cloudInit reads a cloud-init from the member of that name.
func (f *form) cloudInit(name string) {
	if !f.given(name) {
		return
	}
	in := f.inner(name, "packages", "write_files", "runcmd")
	in.texts("packages", false)
	in.texts("runcmd", false)
	var files []json.RawMessage
	if raw, there := in.members["write_files"]; there && json.Unmarshal(raw, &files) != nil {
		in.report("list_type", "Input should be a valid list", in.at("write_files")...)
	}
	for i, raw := range files {
		file := &form{}
		file.object(raw, in.at("write_files", i), "encoding", "content", "owner", "path", "permissions")
		file.require("path", "content")
		for _, member := range []string{"encoding", "content", "owner", "path", "permissions"} {
			file.text(member, false)
		}
		in.adopt(file)
	}
	f.adopt(in)
}
