package gpcn_test

import (
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
)

func TestNotebookURL(t *testing.T) {
	w := newTenant(t)
	running, stopped, plain := w.vm(t, sandbox.RunningGPU).ID, w.vm(t, sandbox.StoppedGPU).ID, w.vm(t, sandbox.RunningVM).ID
	if url, err := w.ReadNotebookURL(t.Context(), running); err != nil || !strings.HasSuffix(url.Reveal(), "?token=sandbox-jupyter-"+string(running)) {
		t.Errorf("running: %v", err)
	}
	if url, err := w.ReadNotebookURL(t.Context(), stopped); err != nil || !url.IsZero() {
		t.Errorf("stopped: %v", err)
	}
	for _, id := range []cloud.VMID{plain, "train-1", documentedID} {
		if _, err := w.ReadNotebookURL(t.Context(), id); !cloud.IsKind(err, cloud.ErrUnknownID) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := w.as(t, sandbox.NoGPUKey).ReadNotebookURL(t.Context(), running); !cloud.IsKind(err, cloud.ErrForbidden) {
		t.Errorf("without the feature: %v", err)
	}
	other := gpcn.New("gpcn", answering(t, 200, `{"success":true,"data":{"id":"another","jupyterUrl":"http://x?token=hunter2"}}`))
	if url, err := other.ReadNotebookURL(t.Context(), running); err == nil || !url.IsZero() {
		t.Error("the address of another machine is handed out")
	}
}
