package hostup

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/rest"
)

// MaxVPSPage is the largest number of servers per page, by page "get-v2-vps".
const MaxVPSPage = 100

// vpsList is the path of the account's servers.
const vpsList = "/api/v2/vps"

// vpsPath is the path of one server, or of something below it.
func vpsPath(id cloud.VMID, below string) string { return vpsList + "/" + rest.ID(id) + below }

// ServiceStatus is the state of a server's contract. Words that are not listed here are
// kept.
type ServiceStatus string

// The states that page "get-v2-vps-id" lists.
const (
	ServiceActive     ServiceStatus = "active"
	ServicePending    ServiceStatus = "pending"
	ServiceSuspended  ServiceStatus = "suspended"
	ServiceTerminated ServiceStatus = "terminated"
	ServiceCancelled  ServiceStatus = "cancelled"
	ServiceExpired    ServiceStatus = "expired"
	ServiceFraud      ServiceStatus = "fraud"
	ServiceUnknown    ServiceStatus = "unknown"
)

// PowerState is the power state of a server. Words that are not listed here are kept.
type PowerState string

// The states that page "get-v2-vps-id" lists.
const (
	PowerRunning      PowerState = "running"
	PowerStopped      PowerState = "stopped"
	PowerStarting     PowerState = "starting"
	PowerStopping     PowerState = "stopping"
	PowerPaused       PowerState = "paused"
	PowerProvisioning PowerState = "provisioning"
	PowerError        PowerState = "error"
	PowerUnknown      PowerState = "unknown"
)

// VPS is a server in the canonical inventory shape. Only Billing.IsPAYG distinguishes
// pay-as-you-go servers from those of a plan, never the name.
type VPS struct {
	ID   cloud.VMID `json:"id"`
	Name string     `json:"name"`
	// PrimaryIP is null until the server has one.
	PrimaryIP       *string          `json:"primaryIp"`
	ServiceStatus   ServiceStatus    `json:"serviceStatus"`
	PowerState      *PowerState      `json:"powerState"`
	OperatingSystem *OperatingSystem `json:"operatingSystem"`
	Billing         VPSBilling       `json:"billing"`
	Resources       Resources        `json:"resources"`
	// Actions are gates that the power pages mention and the page of this operation
	// does not list; GetVPSDetails is more reliable.
	Actions Gates `json:"actions,omitempty"`
}

// OperatingSystem is the system that is installed on a server.
type OperatingSystem struct {
	DisplayName string  `json:"displayName"`
	Family      *string `json:"family"`
	Version     *string `json:"version"`
	Variant     *string `json:"variant"`
}

// VPSBilling is what a server costs per cycle.
type VPSBilling struct {
	Amount       Number `json:"amount"`
	CurrencyCode string `json:"currencyCode"`
	// BillingCycle is monthly to triennially, free, or null; it is monthly for a
	// pay-as-you-go server too.
	BillingCycle *string `json:"billingCycle"`
	IsPAYG       bool    `json:"isPayg"`
	// PeriodYears is missing in GetVPSDetails.
	PeriodYears Number `json:"periodYears,omitzero"`
}

// Resources are the size of a server or a plan; memory and storage in GB.
type Resources struct {
	CPUCores  Number `json:"cpuCores"`
	MemoryGB  Number `json:"memoryGb"`
	StorageGB Number `json:"storageGb"`
}

// VPSList is one page of servers.
type VPSList = List[VPS]

// VPSQuery narrows the list of servers; zero values are not sent.
type VPSQuery struct {
	// Limit is 1 to MaxVPSPage.
	Limit int
	// Cursor is the NextCursor of the page before.
	Cursor string
	// Name matches a whole display name, ignoring case.
	Name string
	// PrimaryIP matches a whole address.
	PrimaryIP string
}

// ListVPS returns one page of servers, of plans and pay-as-you-go. It needs the scope
// read:vm. Page: "get-v2-vps" (request full, response head).
//
//api:operation GET /api/v2/vps
func (c *Client) ListVPS(ctx context.Context, q VPSQuery) (VPSList, error) {
	query := listQuery(q.Limit, q.Cursor)
	setUnlessEmpty(query, "name", q.Name)
	setUnlessEmpty(query, "primaryIp", q.PrimaryIP)
	return get[VPSList](ctx, c, readingVPS("list VPS"), vpsList, query)
}

// GetVPS returns one server. It needs the scope read:vm. Page: "get-v2-vps-id"
// (request full, response head).
//
//api:operation GET /api/v2/vps/{id}
func (c *Client) GetVPS(ctx context.Context, id cloud.VMID) (VPS, error) {
	return get[VPS](ctx, c, readingVPS("get VPS"), vpsPath(id, ""), nil)
}

// readingVPS is a call that reads servers.
func readingVPS(name string) call { return call{name: name, scope: "read:vm", about: aboutVPS} }
