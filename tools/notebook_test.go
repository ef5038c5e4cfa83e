package tools_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/tool"
	"countersign/tools"
)

// lab is a cloud in memory whose machines have notebook servers.
type lab struct {
	*acme
	url string
	err error
}

func (l *lab) ReadNotebookURL(context.Context, cloud.VMID) (cloud.Secret, error) {
	return cloud.NewSecret(l.url), l.err
}

func saveTool(t *testing.T, l *lab, files tool.SecretFiles) (*tool.Definition, *tool.Call) {
	t.Helper()
	all := tools.All(tools.Env{Accounts: cloud.Accounts{{Name: "acme", Provider: l}}, Files: files})
	i := slices.IndexFunc(all, func(d *tool.Definition) bool { return d.Name == "save_jupyter_url" })
	call, err := all[i].Decode([]byte(`{"account":"acme","vm_id":"vm-1111-web"}`))
	if err != nil {
		t.Fatal(err)
	}
	return all[i], call
}

// TestSaveJupyterURL checks that a file is replaced only if the plan said so, and
// that the address appears in no output.
func TestSaveJupyterURL(t *testing.T) {
	t.Parallel()
	const url = "https://box/lab?token=hunter2"
	l := &lab{acme: &acme{name: "acme", vms: []cloud.VM{web()}}, url: url}
	files := &drawer{}
	_, call := saveTool(t, l, files)
	plan, err := call.Plan(t.Context())
	if err != nil || plan.Changes[0].Before != "not there" || tool.Highest(plan.Effects) != tool.Disrupt {
		t.Fatalf("%+v, %v", plan, err)
	}
	made, err := call.Execute(t.Context(), tool.Run{Operation: "op_1", Plan: plan})
	if err != nil || files.files["jupyter-url.acme.vm-1111-web.txt"].Reveal() != url {
		t.Fatalf("%+v, %v", made, err)
	}
	if strings.Contains(fmt.Sprintf("%+v %+v", plan, made), "hunter2") {
		t.Error("the address is told")
	}
	// The file has appeared since that plan.
	if _, err := call.Execute(t.Context(), tool.Run{Operation: "op_1", Plan: plan}); tool.AsError(err).Code != tool.CodeDrift {
		t.Errorf("written over: %v", err)
	}
	again, err := call.Plan(t.Context())
	if err != nil || again.Changes[0].Before != "there already; replaced" {
		t.Fatalf("%+v, %v", again, err)
	}
	l.url = "https://box/lab?token=hunter3"
	if _, err := call.Execute(t.Context(), tool.Run{Operation: "op_2", Plan: again}); err != nil || files.files["jupyter-url.acme.vm-1111-web.txt"].Reveal() != l.url {
		t.Errorf("not replaced: %v", err)
	}
}

func TestNoJupyterURL(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		kind cloud.ErrorKind
	}{
		"none":             {nil, cloud.ErrBlocked},
		"not of that kind": {&cloud.Error{Kind: cloud.ErrUnknownID}, cloud.ErrBlocked},
		"the cloud's no":   {&cloud.Error{Kind: cloud.ErrForbidden}, cloud.ErrForbidden},
	} {
		_, call := saveTool(t, &lab{acme: &acme{name: "acme", vms: []cloud.VM{web()}}, err: c.err}, &drawer{})
		if _, err := call.Plan(t.Context()); !cloud.IsKind(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := &lab{acme: &acme{name: "acme", vms: []cloud.VM{web()}}, url: "https://box"}
	_, call := saveTool(t, l, &drawer{fails: map[int]error{0: errors.New("no space left")}})
	plan, err := call.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := call.Execute(t.Context(), tool.Run{Plan: plan}); !cloud.IsKind(err, cloud.ErrBlocked) || cloud.IsAmbiguous(err) {
		t.Errorf("a full disk: %v", err)
	}
}

// TestSettleJupyterURL checks that only a file that is not older than the intent
// counts as written by it.
func TestSettleJupyterURL(t *testing.T) {
	t.Parallel()
	l := &lab{acme: &acme{name: "acme", vms: []cloud.VM{web()}}, url: "https://box"}
	files := &drawer{}
	d, call := saveTool(t, l, files)
	plan, err := call.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	saved := time.Unix(1, 0) // the time of every file in the drawer
	for name, c := range map[string]struct {
		write bool
		sent  time.Time
		want  tool.Finding
	}{
		"no file":       {false, saved, tool.FoundNothing},
		"written by it": {true, saved.Add(-time.Second), tool.FoundDone},
		"an older file": {true, saved.Add(time.Minute), tool.FoundNothing},
	} {
		files.files = nil
		if c.write {
			if _, err := call.Execute(t.Context(), tool.Run{Plan: plan}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := d.Settle(t.Context(), tool.Intent{Plan: plan, SentAt: c.sent})
		if err != nil || got.Finding != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
