package hostup

import (
	"context"
	"net/http"

	"countersign/internal/cloud"
)

// VPSHostname is the hostname of a server. It is not the display name in the list, for
// which no source shows an operation.
type VPSHostname struct {
	Hostname          *string       `json:"hostname"`
	ReloadRecommended bool          `json:"reloadRecommended"`
	AccountInactive   bool          `json:"accountInactive"`
	AccountStatus     *string       `json:"accountStatus"`
	CacheCleared      bool          `json:"cacheCleared"`
	Actions           Gates         `json:"actions,omitempty"` // CanChange
	ValidationRules   *HostnameRule `json:"validationRules,omitempty"`
}

// HostnameRule is the rule for hostnames.
type HostnameRule struct {
	MaxLengthChars     Number `json:"maxLengthChars"`
	Pattern            string `json:"pattern"`
	PatternDescription string `json:"patternDescription"`
}

// VPSHostnameChange is the response to a change of the hostname.
type VPSHostnameChange struct {
	VPSHostname
	HostnameNormalized   bool                  `json:"hostnameNormalized"`
	ServiceRecordSynced  bool                  `json:"serviceRecordSynced"`
	ReverseDNSProtection *ReverseDNSProtection `json:"reverseDnsProtection"`
}

// ReverseDNSProtection is the effect of a changed hostname on the server's reverse DNS;
// Status is not_changed, restored or partial_failure.
type ReverseDNSProtection struct {
	Status           string   `json:"status"`
	MonitoredIPCount Number   `json:"monitoredIpCount"`
	ChangesDetected  Number   `json:"changesDetected"`
	RestoredIPs      []string `json:"restoredIps"`
}

// MaxHostname is the longest hostname in characters, by page
// "put-v2-vps-id-hostname".
const MaxHostname = 253

// newHostname is the body of a change, which accepts nothing else.
type newHostname struct {
	Hostname string `json:"hostname"`
}

// GetVPSHostname returns a server's hostname and whether it may be changed. It
// needs the scope read:vm. Page: "get-v2-vps-id-hostname" (full).
//
//api:operation GET /api/v2/vps/{id}/hostname
func (c *Client) GetVPSHostname(ctx context.Context, id cloud.VMID) (VPSHostname, error) {
	return get[VPSHostname](ctx, c, readingVPS("get VPS hostname"), vpsPath(id, "/hostname"), nil)
}

// SetVPSHostname changes a server's hostname immediately. It is a domain name of at most
// MaxHostname characters whose labels are letters, digits and inner hyphens. It needs
// the scope write:vm. Page: "put-v2-vps-id-hostname" (near full).
//
//api:operation PUT /api/v2/vps/{id}/hostname
func (c *Client) SetVPSHostname(ctx context.Context, id cloud.VMID, hostname string) (VPSHostnameChange, error) {
	k := call{name: "set VPS hostname", scope: "write:vm", about: aboutVPS}
	return send[VPSHostnameChange](ctx, c, k, http.MethodPut, vpsPath(id, "/hostname"), newHostname{hostname})
}
