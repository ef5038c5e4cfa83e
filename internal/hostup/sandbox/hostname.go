package sandbox

import (
	"net/http"
	"regexp"
	"strings"

	"countersign/internal/hostup"
)

// hostnamePattern is page "put-v2-vps-id-hostname" in one expression: labels of 1
// to 63 letters, digits and hyphens, with no hyphen at either end.
const hostnamePattern = `^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`

var hostname = regexp.MustCompile(hostnamePattern)

// getHostname is page "get-v2-vps-id-hostname".
func (s *Sandbox) getHostname(_ *http.Request, v *server) answer { return ok(s.hostnameOf(v)) }

func (s *Sandbox) hostnameOf(v *server) hostup.VPSHostname {
	return hostup.VPSHostname{
		Hostname: unlessEmpty(v.hostname), AccountStatus: unlessEmpty("active"), CacheCleared: true,
		Actions: hostup.Gates{hostup.CanChange: gate(v.busy(s.kit.Clock.Now()))},
		ValidationRules: &hostup.HostnameRule{
			MaxLengthChars: whole(hostup.MaxHostname), Pattern: hostnamePattern,
			PatternDescription: "Labels of 1 to 63 letters, digits and hyphens, with no hyphen at either end.",
		},
	}
}

// setHostname is page "put-v2-vps-id-hostname". It does not change the display name.
func (s *Sandbox) setHostname(r *http.Request, v *server) answer {
	f := readForm(r, "hostname")
	f.require("hostname")
	name := f.text("hostname")
	switch {
	case name == "":
	case len(name) > hostup.MaxHostname:
		f.report("hostname", "must have at most 253 characters.", "too_long")
	case !hostname.MatchString(name):
		f.report("hostname", "must be labels of letters, digits and inner hyphens.", "invalid_format")
	}
	if f.wrong() {
		return invalid(f.issues...)
	}
	if reason := v.busy(s.kit.Clock.Now()); reason != "" {
		return notReady(reason)
	}
	v.hostname = strings.ToLower(name)
	return ok(hostup.VPSHostnameChange{
		VPSHostname: s.hostnameOf(v), HostnameNormalized: true, ServiceRecordSynced: true,
		ReverseDNSProtection: &hostup.ReverseDNSProtection{
			Status: "not_changed", MonitoredIPCount: "1", ChangesDetected: "0", RestoredIPs: []string{},
		},
	})
}

// listTemplates is page "get-v2-vps-id-templates".
func (s *Sandbox) listTemplates(_ *http.Request, v *server) answer {
	return ok(hostup.TemplateList{Data: v.templates})
}
