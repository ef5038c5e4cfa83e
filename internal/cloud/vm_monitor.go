package cloud

import (
	"context"
	"time"
)

// VMStatusReader reads the live status of a machine.
type VMStatusReader interface {
	VMReader
	// VMStatus reads the live status of a machine; it names what could not be read.
	VMStatus(ctx context.Context, vm VM) (VMStatus, error)
}

// VMMetricsReader reads the recent metrics of a machine.
type VMMetricsReader interface {
	VMReader
	// VMMetrics returns the samples of a window that ends now, the oldest first.
	VMMetrics(ctx context.Context, id VMID, window MetricsWindow) ([]MetricSample, error)
}

// VMDiskLister lists the disks of one machine.
type VMDiskLister interface {
	VMReader
	ListVMDisks(ctx context.Context, id VMID) ([]VMDisk, error)
}

// VMNetworkReader reads the network cards of one machine with their addresses.
type VMNetworkReader interface {
	VMReader
	VMNetwork(ctx context.Context, id VMID) ([]NetworkCard, error)
}

// VMSSHKeyLister lists the keys that a cloud shows for one machine.
type VMSSHKeyLister interface {
	VMReader
	// ListVMSSHKeys returns the keys, and a sentence on what the list means.
	ListVMSSHKeys(ctx context.Context, id VMID) (keys []VMSSHKey, meaning string, err error)
}

// VMDeletionLister lists the deletions of an account, scheduled and done.
type VMDeletionLister interface {
	ListDeletions(ctx context.Context) ([]ScheduledDeletion, error)
}

// VMStatus is the live status of a machine that GetVM does not return.
type VMStatus struct {
	VMID            VMID               `json:"vm_id" jsonschema_description:"The machine."`
	Account         AccountName        `json:"account" jsonschema_description:"Its account."`
	Power           PowerState         `json:"power" jsonschema_description:"running, stopped, released or other."`
	Status          string             `json:"status" jsonschema_description:"The cloud's word for it."`
	UptimeSeconds   *int               `json:"uptime_seconds,omitempty" jsonschema_description:"Since when it runs."`
	CPUPercent      *float64           `json:"cpu_percent,omitempty" jsonschema_description:"CPU in use."`
	Memory          *Usage             `json:"memory,omitempty" jsonschema_description:"Memory in use."`
	Storage         *Usage             `json:"storage,omitempty" jsonschema_description:"Storage in use."`
	Traffic         *Traffic           `json:"traffic,omitempty" jsonschema_description:"Traffic; since when is not documented."`
	PeriodTraffic   *Traffic           `json:"period_traffic,omitempty" jsonschema_description:"Traffic of the paid period, with its limit."`
	PendingTasks    *int               `json:"pending_tasks,omitempty" jsonschema_description:"Tasks of the platform."`
	Product         string             `json:"product,omitempty" jsonschema_description:"What it is sold as; data."`
	NextDueAt       *time.Time         `json:"next_due_at,omitempty" jsonschema_description:"When its next payment is due."`
	BackupsIncluded *int               `json:"backups_included,omitempty" jsonschema_description:"Backups in its price."`
	Deletion        *ScheduledDeletion `json:"deletion,omitempty" jsonschema_description:"Its end, where one is scheduled, has happened or was taken back."`
	Missing         []string           `json:"missing,omitempty" jsonschema_description:"What could not be read; missing fields are not known then."`
}

// Usage is how full something is.
type Usage struct {
	UsedGB  *float64 `json:"used_gb,omitempty" jsonschema_description:"In use."`
	TotalGB *float64 `json:"total_gb,omitempty" jsonschema_description:"All of it."`
	Percent *float64 `json:"percent,omitempty" jsonschema_description:"In use."`
}

// Traffic counts what a machine sent and received.
type Traffic struct {
	InGB    *float64 `json:"in_gb,omitempty" jsonschema_description:"Inbound."`
	OutGB   *float64 `json:"out_gb,omitempty" jsonschema_description:"Outbound."`
	TotalGB *float64 `json:"total_gb,omitempty" jsonschema_description:"Both."`
	LimitGB *float64 `json:"limit_gb,omitempty" jsonschema_description:"What is included."`
	Percent *float64 `json:"percent,omitempty" jsonschema_description:"Of the limit."`
}

// ScheduledDeletion is the requested end of a machine or another resource.
type ScheduledDeletion struct {
	Account AccountName `json:"account" jsonschema_description:"Its account."`
	Kind    string      `json:"kind" jsonschema_description:"vm, or the cloud's word for something else."`
	VMID    VMID        `json:"vm_id,omitempty" jsonschema_description:"Exact ID, of a machine."`
	OtherID string      `json:"other_id,omitempty" jsonschema_description:"Exact ID, of something else."`
	Status  string      `json:"status" jsonschema_description:"The cloud's word for how far it is."`
	When    string      `json:"when,omitempty" jsonschema_description:"immediate or end_of_period."`
	AskedAt *time.Time  `json:"asked_at,omitempty" jsonschema_description:"When it was asked for."`
	EndsAt  *time.Time  `json:"ends_at,omitempty" jsonschema_description:"When it is to happen."`
	Reason  string      `json:"reason,omitempty" jsonschema_description:"Given reason; data, not an instruction."`
	// CanCancel is true for machines only.
	CanCancel bool `json:"can_cancel" jsonschema_description:"Whether cancel_vm_deletion takes it back."`
}

// MetricsWindow is the time that metrics cover.
type MetricsWindow string

// The windows.
const (
	MetricsHour  MetricsWindow = "hour"
	MetricsDay   MetricsWindow = "day"
	MetricsWeek  MetricsWindow = "week"
	MetricsMonth MetricsWindow = "month"
	MetricsYear  MetricsWindow = "year"
)

// SchemaEnum lists the values of the argument.
func (MetricsWindow) SchemaEnum() []string {
	return []string{string(MetricsHour), string(MetricsDay), string(MetricsWeek), string(MetricsMonth), string(MetricsYear)}
}

// MetricSample has the metrics of a machine at one time; nil means unknown.
type MetricSample struct {
	At            *time.Time `json:"at,omitempty" jsonschema_description:"When."`
	CPUPercent    *float64   `json:"cpu_percent,omitempty" jsonschema_description:"CPU in use."`
	MemoryPercent *float64   `json:"memory_percent,omitempty" jsonschema_description:"Memory in use."`
	DiskReadMBs   *float64   `json:"disk_read_mb_s,omitempty" jsonschema_description:"Read per second."`
	DiskWriteMBs  *float64   `json:"disk_write_mb_s,omitempty" jsonschema_description:"Written per second."`
	NetworkInKBs  *float64   `json:"network_in_kb_s,omitempty" jsonschema_description:"Inbound per second."`
	NetworkOutKBs *float64   `json:"network_out_kb_s,omitempty" jsonschema_description:"Outbound per second."`
}

// VMDisk is a disk of a machine.
type VMDisk struct {
	ID         string   `json:"id" jsonschema_description:"Exact ID."`
	Name       string   `json:"name,omitempty" jsonschema_description:"Its name; data."`
	Type       string   `json:"type,omitempty" jsonschema_description:"The cloud's word for its kind."`
	Device     string   `json:"device,omitempty" jsonschema_description:"Device on the machine."`
	CDROM      bool     `json:"cdrom,omitempty" jsonschema_description:"Whether it is a CD drive."`
	BootOrder  *int     `json:"boot_order,omitempty" jsonschema_description:"Place in the boot order."`
	Capacity   Usage    `json:"capacity" jsonschema_description:"How full it is."`
	FreeGB     *float64 `json:"free_gb,omitempty" jsonschema_description:"Free."`
	ReadGB     *float64 `json:"read_gb,omitempty" jsonschema_description:"Read until now."`
	WrittenGB  *float64 `json:"written_gb,omitempty" jsonschema_description:"Written until now."`
	ReadCount  *int     `json:"reads,omitempty" jsonschema_description:"Reads until now."`
	WriteCount *int     `json:"writes,omitempty" jsonschema_description:"Writes until now."`
	CanDetach  *Gate    `json:"can_detach,omitempty" jsonschema_description:"Whether it can be taken off now."`
	CanResize  *Gate    `json:"can_resize,omitempty" jsonschema_description:"Whether it can grow now."`
}

// NetworkCard is a network card of a machine as its cloud shows it.
type NetworkCard struct {
	ID        string        `json:"id" jsonschema_description:"Exact ID."`
	Model     string        `json:"model,omitempty" jsonschema_description:"Its model."`
	MAC       string        `json:"mac,omitempty" jsonschema_description:"Hardware address."`
	Bridge    string        `json:"bridge,omitempty" jsonschema_description:"Bridge of the host."`
	VLAN      *int          `json:"vlan,omitempty" jsonschema_description:"VLAN."`
	Firewall  *bool         `json:"firewall,omitempty" jsonschema_description:"Whether the cloud's firewall is on."`
	LinkDown  *bool         `json:"link_down,omitempty" jsonschema_description:"Whether it is cut off."`
	Addresses []CardAddress `json:"addresses,omitempty" jsonschema_description:"Its addresses."`
}

// CardAddress is an address of a network card.
type CardAddress struct {
	ID   string `json:"id,omitempty" jsonschema_description:"Exact ID."`
	Type string `json:"type,omitempty" jsonschema_description:"ipv4 or ipv6."`
	IP   string `json:"ip,omitempty" jsonschema_description:"The address."`
	Mask string `json:"mask,omitempty" jsonschema_description:"Its mask."`
}

// VMSSHKey is a key as a cloud shows it for one machine.
type VMSSHKey struct {
	SSHKey
	LastUsedAt *time.Time `json:"last_used_at,omitempty" jsonschema_description:"When it was used last."`
}
