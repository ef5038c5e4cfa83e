package sandbox_test

import (
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
	"countersign/internal/hostup/sandbox"
)

func TestMetricsOfEachTimeframe(t *testing.T) {
	_, s := newSandbox()
	server := named(t, s, sandbox.PlanVPS)
	for asked, want := range map[string]cloud.MetricsWindow{
		"": "hour", "?timeframe=hour": "hour", "?timeframe=1h": "hour", "?timeframe=day": "day", "?timeframe=24h": "day", "?timeframe=1d": "day",
		"?timeframe=7d": "week", "?timeframe=30d": "month", "?timeframe=1y": "year",
	} {
		got := read[hostup.VPSMetrics](t, s, server+"/metrics"+asked)
		last := got.Samples[len(got.Samples)-1]
		if got.Timeframe != want || *last.RecordedAt != "2026-04-27T12:34:00.000Z" || *got.Samples[0].RecordedAt >= *last.RecordedAt {
			t.Errorf("%q: %s, %d samples until %s", asked, got.Timeframe, len(got.Samples), *last.RecordedAt)
		}
	}
	refused(t, s, "GET", server+"/metrics?timeframe=decade", "", 400, "invalid_request")
	refused(t, s, "GET", "/api/v2/vps/vps_none/metrics", "", 404, "vps_not_found")
}

func TestReadsOfOneServer(t *testing.T) {
	kit, s := newSandbox()
	server := named(t, s, sandbox.PlanVPS)
	if got := read[hostup.VPSSSHKeys](t, s, server+"/ssh-keys"); len(got.SSHKeys) != len(s.SSHKeys()) || got.SSHKeys[0].Actions != nil || got.SSHKeys[1].LastUsedAt == nil {
		t.Errorf("keys %+v", got)
	}
	act(t, s, server, "stop")
	if got := read[hostup.VPSStorage](t, s, server+"/storage").Disks[0]; got.Actions[hostup.CanResize].Allowed || got.Capacity.TotalGB != "80" {
		t.Errorf("disk of a busy server %+v", got)
	}
	kit.Clock.Advance(time.Minute)
	if got := read[hostup.VPSStorage](t, s, server+"/storage").Disks[0]; !got.Actions[hostup.CanResize].Allowed {
		t.Errorf("disk %+v", got)
	}
	if got := read[hostup.VPSNetwork](t, s, server+"/network").Interfaces[0]; len(got.IP) != 1 || *got.IP[0].IP != *s.VPS()[0].PrimaryIP {
		t.Errorf("card %+v", got)
	}
}
