package sandbox

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/voltagepark"
)

var octal = regexp.MustCompile(`^0?[0-7]{3,4}$`)

// checkCloudInit checks a script. The vendor's rules are not documented. Here a text that
// is not a cloud-config, an unknown member, a relative path and permissions that are not
// octal are errors [inferred].
func (s *Sandbox) checkCloudInit(r *http.Request) answer {
	f := &form{}
	f.body(r, "type", "content")
	f.require("type", "content")
	if kind := f.text("type", false); kind != nil && !slices.Contains([]string{"instant-vm", "vm", "baremetal"}, *kind) {
		f.report("enum", "Input should be 'instant-vm', 'vm' or 'baremetal'", "body", "type")
	}
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	fault := faultOf(f.members["content"])
	if fault == "" {
		return ok(voltagepark.CloudInitAnswer{})
	}
	return ok(voltagepark.CloudInitAnswer{Error: true, Message: &fault})
}

func faultOf(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		if !strings.HasPrefix(text, "#cloud-config\n") {
			return "A script has to begin with #cloud-config"
		}
		return ""
	}
	f := &form{members: map[string]json.RawMessage{"content": content}}
	f.cloudInit("content")
	if len(f.issues) > 0 {
		return f.issues[0].Msg
	}
	var script cloud.InitScript
	if json.Unmarshal(content, &script) != nil {
		return "The script is not a cloud-config"
	}
	for _, file := range script.WriteFiles {
		switch {
		case !strings.HasPrefix(file.Path, "/"):
			return "write_files: path has to be absolute"
		case file.Permissions != "" && !octal.MatchString(file.Permissions):
			return "write_files: permissions have to be octal"
		}
	}
	return ""
}
