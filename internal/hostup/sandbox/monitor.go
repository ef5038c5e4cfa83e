package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
)

// sampling is how many samples a timeframe has, and how far apart they are; both
// are [inferred].
type sampling struct {
	timeframe cloud.MetricsWindow
	aliases   []string
	samples   int
	apart     time.Duration
}

func samplings() []sampling {
	const day = 24 * time.Hour
	return []sampling{
		{cloud.MetricsHour, []string{"", "1h"}, 60, time.Minute},
		{cloud.MetricsDay, []string{"24h", "1d"}, 288, 5 * time.Minute},
		{cloud.MetricsWeek, []string{"7d"}, 336, 30 * time.Minute},
		{cloud.MetricsMonth, []string{"30d"}, 720, time.Hour},
		{cloud.MetricsYear, []string{"1y"}, 365, day},
	}
}

// getMetrics is page "get-v2-vps-id-metrics". The samples are made up; each timeframe has
// one peak.
func (s *Sandbox) getMetrics(r *http.Request, v *server) answer {
	asked := r.URL.Query().Get("timeframe")
	all := samplings()
	i := slices.IndexFunc(all, func(one sampling) bool { return asked == string(one.timeframe) || slices.Contains(one.aliases, asked) })
	if i < 0 {
		f := &form{}
		f.report("timeframe", "must be hour, day, week, month or year.", "invalid_value")
		return invalid(f.issues...)
	}
	of := all[i]
	out := hostup.VPSMetrics{ID: v.id, Timeframe: of.timeframe, Samples: []hostup.VPSSample{}}
	now := s.kit.Clock.Now().Truncate(time.Minute)
	for n := range of.samples {
		sample := hostup.VPSSample{
			RecordedAt: at(now.Add(-time.Duration(of.samples-1-n) * of.apart)), CPUUsagePercent: "7.5", MemoryUsagePercent: "92.08",
			DiskReadMBPerSecond: "0.2", DiskWriteMBPerSecond: "1.5", NetworkInboundKBPerSecond: "12.25", NetworkOutboundKBPerSecond: "8.5",
		}
		if n == of.samples/2 {
			sample.CPUUsagePercent = "99.5"
		}
		out.Samples = append(out.Samples, sample)
	}
	return ok(out)
}

// getStorage is page "get-v2-vps-id-storage"; the drive without a disk is [inferred].
func (s *Sandbox) getStorage(_ *http.Request, v *server) answer {
	gates := hostup.Gates{hostup.CanDetach: gate("The main disk cannot be detached."), hostup.CanResize: gate(v.busy(s.kit.Clock.Now()))}
	return ok(hostup.VPSStorage{Disks: []hostup.Disk{{
		ID: v.diskID, Name: "scsi0", Type: unlessEmpty("scsi"), Device: unlessEmpty("/dev/sda"), BootOrder: "1",
		Capacity: hostup.DiskCapacity{TotalGB: whole(v.size.storage), UsedGB: "12.4", FreeGB: whole(v.size.storage - 13), UsagePercent: "15.5"},
		IO:       hostup.DiskIO{ReadGB: "4.2", WriteGB: "9.75", ReadOperations: "120000", WriteOperations: "98000"},
		Actions:  gates,
	}}})
}

// getNetwork is page "get-v2-vps-id-network".
func (s *Sandbox) getNetwork(_ *http.Request, v *server) answer {
	card := hostup.VPSInterface{
		ID: "net0", Model: unlessEmpty("virtio"), MAC: unlessEmpty(fmt.Sprintf("02:00:00:00:00:%02x", len(v.hostname)%256)),
		Bridge: unlessEmpty("vmbr0"), VLAN: "100", FirewallEnabled: new(true), LinkDown: new(false), IP: []hostup.VPSIP{},
	}
	if v.ip != "" {
		card.IP = append(card.IP, hostup.VPSIP{ID: v.ipID, Type: unlessEmpty("ipv4"), IP: unlessEmpty(v.ip), Mask: unlessEmpty("255.255.255.0")})
	}
	return ok(hostup.VPSNetwork{Interfaces: []hostup.VPSInterface{card}})
}

// listVPSKeys is page "get-v2-vps-id-ssh-keys": the account's keys, whatever is on the
// server. Only the account's own list has gates.
func (s *Sandbox) listVPSKeys(*http.Request, *server) answer {
	out := hostup.VPSSSHKeys{SSHKeys: []hostup.SSHKey{}}
	for i, key := range s.keys {
		key.Actions, key.DisplayID = nil, key.Name
		if i == 1 {
			key.LastUsedAt = at(s.kit.Clock.Now().Add(-time.Hour))
		}
		out.SSHKeys = append(out.SSHKeys, key)
	}
	return ok(out)
}

// listCancellations is page "get-v2-cancellations": those of servers, and one of shared
// hosting.
func (s *Sandbox) listCancellations(*http.Request) answer {
	now := s.kit.Clock.Now()
	out := hostup.AccountCancellations{Cancellations: []hostup.AccountCancellation{s.hosting}}
	for _, v := range s.servers {
		if v.ending != nil {
			of := v.cancellation(now)
			of.VPSID = "" // it is in the row itself
			out.Cancellations = append(out.Cancellations, hostup.AccountCancellation{Type: "vps", VPSID: v.id, Cancellation: of})
		}
	}
	return ok(out)
}

// seedHosting cancels a shared-hosting account.
func (s *Sandbox) seedHosting() {
	now := s.kit.Clock.Now()
	kind := hostup.CancelAtPeriodEnd
	s.hosting = hostup.AccountCancellation{
		Type: "shared_hosting", AccountID: s.kit.Seed.ULID("acct"),
		Cancellation: hostup.Cancellation{
			Status: hostup.CancellationScheduled, CancelledAt: at(now.AddDate(0, 0, -2)), ScheduledAt: at(now.AddDate(0, 0, 20)),
			Reason: unlessEmpty("Too expensive"), CancelType: &kind, Revokable: true,
		},
	}
}
