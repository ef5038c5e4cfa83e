package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
)

// server is a VPS of the account. Ended ones stay as terminated and are not listed.
type server struct {
	id             cloud.VMID
	name, hostname string
	ip             string // empty until it is provisioned
	service        hostup.ServiceStatus
	power          hostup.PowerState // between jobs
	size           size
	product        string
	amount         string // per month; of a pay-as-you-go server the estimate
	payg           bool
	created        time.Time
	ready          time.Time // when it is provisioned
	nextDue        time.Time
	since          time.Time // when it was powered on
	// gateless is true for a server whose details show no gates.
	gateless bool
	// overdue is true for a server whose invoice was not paid.
	overdue   bool
	job       *job // the last one
	ending    *ending
	templates []hostup.Template
	// disk is the content of the disk.
	disk         string
	diskID, ipID string
	copies
}

// size is the size of a server; memory and storage in GB.
type size struct{ cpu, memory, storage int }

func (z size) wire() hostup.Resources {
	return hostup.Resources{CPUCores: whole(z.cpu), MemoryGB: whole(z.memory), StorageGB: whole(z.storage)}
}

func whole(n int) hostup.Number { return hostup.NewNumber(decimal.NewFromInt(int64(n))) }

// settle brings the account up to date: it applies everything that is due.
func (s *Sandbox) settle() {
	now := s.kit.Clock.Now()
	for _, v := range s.servers {
		if v.power == hostup.PowerProvisioning && !now.Before(v.ready) {
			v.power, v.service, v.since = hostup.PowerRunning, hostup.ServiceActive, v.ready
			v.ip = s.nextAddress()
		}
		v.finishJob(now)
		v.expireSnapshots(now)
		for !now.Before(v.nextDue) {
			v.nextDue = v.nextDue.AddDate(0, 1, 0)
		}
		if v.ending != nil && v.ending.status(now) == hostup.CancellationCompleted {
			v.service, v.power = hostup.ServiceTerminated, hostup.PowerStopped
		}
	}
}

// present returns a server's power state, which a running job changes.
func (v *server) present(now time.Time) hostup.PowerState {
	if v.job != nil && v.job.status(now) == hostup.JobInProgress {
		return v.job.passing(v.power, now)
	}
	return v.power
}

// find returns a server, ended ones included; nil where there is none.
func (s *Sandbox) find(id cloud.VMID) *server {
	i := slices.IndexFunc(s.servers, func(v *server) bool { return v.id == id })
	if i < 0 {
		return nil
	}
	return s.servers[i]
}

// live returns the servers that are listed.
func (s *Sandbox) live() []*server {
	return slices.DeleteFunc(slices.Clone(s.servers), func(v *server) bool { return v.service == hostup.ServiceTerminated })
}

// on runs an operation on the server in the path.
func (s *Sandbox) on(act func(*http.Request, *server) answer) func(*http.Request) answer {
	return func(r *http.Request) answer {
		v := s.find(cloud.VMID(r.PathValue("id")))
		if v == nil {
			return refuse(http.StatusNotFound, "vps_not_found", "The VPS does not exist or is not owned by the caller.")
		}
		return act(r, v)
	}
}

// listVPS is page "get-v2-vps".
func (s *Sandbox) listVPS(r *http.Request) answer {
	name, ip := r.URL.Query().Get("name"), r.URL.Query().Get("primaryIp")
	rows := []hostup.VPS{}
	for _, v := range s.live() {
		if (name == "" || strings.EqualFold(name, v.name)) && (ip == "" || ip == v.ip) {
			rows = append(rows, s.wire(v))
		}
	}
	return paged(r, rows, s.pageSize)
}

// getVPS is page "get-v2-vps-id".
func (s *Sandbox) getVPS(_ *http.Request, v *server) answer { return ok(s.wire(v)) }

// wire returns a server in the canonical inventory shape.
func (s *Sandbox) wire(v *server) hostup.VPS {
	power := v.present(s.kit.Clock.Now())
	return hostup.VPS{
		ID: v.id, Name: v.name, PrimaryIP: unlessEmpty(v.ip), ServiceStatus: v.service, PowerState: &power,
		OperatingSystem: &hostup.OperatingSystem{DisplayName: "Ubuntu 24.04", Family: unlessEmpty("ubuntu"), Version: unlessEmpty("24.04")},
		Billing:         v.billing(whole(1)),
		Resources:       v.size.wire(),
	}
}

// billing returns what a server costs; only the inventory has the years.
func (v *server) billing(years hostup.Number) hostup.VPSBilling {
	return hostup.VPSBilling{
		Amount: hostup.Number(v.amount), CurrencyCode: currency, BillingCycle: unlessEmpty("monthly"), IsPAYG: v.payg, PeriodYears: years,
	}
}

// currency is what this account pays in.
const currency = "SEK"

func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func at(t time.Time) *string { return unlessEmpty(t.UTC().Format(timestamp)) }

// getDetails is page "get-v2-vps-id-details".
func (s *Sandbox) getDetails(_ *http.Request, v *server) answer {
	billing := v.billing("")
	details := hostup.VPSDetails{
		ID: v.id, ProductName: unlessEmpty(v.product), Hostname: unlessEmpty(v.hostname), ServiceStatus: v.service,
		CreatedAt: at(v.created), NextDueAt: at(v.nextDue), Billing: &billing, Resources: v.size.wire(), BackupsIncluded: "2",
		Bandwidth: &hostup.Bandwidth{UsedGB: "12.5", LimitGB: "1000", InboundGB: "4.2", OutboundGB: "8.3", UsagePercent: "1.25"},
	}
	if !v.gateless {
		now := s.kit.Clock.Now()
		details.Actions = v.gates(now)
		if v.payg { // no source says whether other servers show this gate as closed
			details.Actions[hostup.CanResize] = gate(v.resizeGate(now))
		}
	}
	return ok(details)
}

// getStatus is page "get-v2-vps-id-status".
func (s *Sandbox) getStatus(_ *http.Request, v *server) answer {
	now := s.kit.Clock.Now()
	status := hostup.VPSStatus{
		ID: v.id, PowerState: v.present(now), CPUUsagePercent: "0", CPUCores: whole(v.size.cpu),
		Memory:  hostup.Usage{UsedGB: "0", TotalGB: whole(v.size.memory), UsagePercent: "0"},
		Storage: hostup.Usage{UsedGB: "0", TotalGB: whole(v.size.storage), UsagePercent: "0"},
		Network: hostup.Traffic{InboundGB: "4.2", OutboundGB: "8.3", TotalGB: "12.5"},
	}
	if status.PowerState == hostup.PowerRunning {
		status.UptimeSeconds = whole(int(now.Sub(v.since) / time.Second))
		status.CPUUsagePercent = "7.5"
		used := decimal.NewFromInt(int64(v.size.memory)).Mul(decimal.RequireFromString("0.92"))
		status.Memory.UsedGB, status.Memory.UsagePercent = hostup.NewNumber(used), "92"
	}
	return ok(status)
}
