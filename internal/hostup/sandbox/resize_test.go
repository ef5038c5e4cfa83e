package sandbox_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"countersign/internal/hostup"
	"countersign/internal/hostup/sandbox"
)

func TestResizeStory(t *testing.T) {
	kit, s := newSandbox()
	server := named(t, s, sandbox.StoppedPAYG)
	resize := server + "/actions/resize"
	for _, body := range []string{``, `{}`, `{"cpuCores":4}`, `{"cpuCores":0,"memoryGb":8}`, `{"cpuCores":4,"memoryGb":257}`, `{"cpuCores":4,"memoryGb":8,"storageGb":100}`} {
		refused(t, s, "POST", resize, body, 400, "invalid_request")
	}
	over := refused(t, s, "POST", resize, `{"cpuCores":32,"memoryGb":8}`, 403, "forbidden")
	if !slices.Equal(over.BlockerReasons, []string{"cpu_limit_exceeded"}) {
		t.Errorf("%+v", over)
	}
	refused(t, s, "POST", named(t, s, sandbox.PlanVPS)+"/actions/resize", `{"cpuCores":4,"memoryGb":8}`, 409, "vps_not_ready")

	before := read[hostup.PAYGLimits](t, s, "/api/v2/vps/payg/limits").Current
	if w := send(s, "Bearer k", "POST", resize, `{"cpuCores":4,"memoryGb":8}`); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	now := read[hostup.VPS](t, s, server)
	if now.Resources != (hostup.Resources{CPUCores: "4", MemoryGB: "8", StorageGB: "70"}) {
		t.Errorf("%+v", now)
	}
	after := read[hostup.PAYGLimits](t, s, "/api/v2/vps/payg/limits").Current
	if before.CPUCores != "4" || after.CPUCores != "6" || after.MemoryGB != "12" || after.InstanceCount != before.InstanceCount {
		t.Errorf("before %+v, after %+v", before, after)
	}
	act(t, s, server, "start")
	refused(t, s, "POST", resize, `{"cpuCores":2,"memoryGb":4}`, 409, "vps_not_ready")
	kit.Clock.Advance(time.Minute)
	if w := send(s, "Bearer k", "POST", resize, `{"cpuCores":2,"memoryGb":4}`); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
