package tool_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/schema"
	"countersign/internal/tool"
)

type input struct {
	Account cloud.AccountName `json:"account" jsonschema_description:"Account."`
	Secret  cloud.Secret      `json:"secret,omitzero" jsonschema_description:"Secret."`
}

type machine struct {
	Size string `json:"size" jsonschema_description:"Size."`
}

func (machine) BlockName() string { return "acme_vm" }

type blockInput struct {
	Account cloud.AccountName `json:"account" jsonschema_description:"Account."`
	block   cloud.MachineSpec
}

func (in blockInput) WithBlock(m cloud.MachineSpec) blockInput {
	in.block = m
	return in
}

// TestReadIsARead pins that a read has the effect Read and is idempotent, whatever its
// spec says.
func TestReadIsARead(t *testing.T) {
	t.Parallel()
	d := tool.NewRead(tool.Spec{Name: "look", Effect: tool.Destroy}, func(_ context.Context, in input) (string, error) { return string(in.Account), nil })
	if d.Effect != tool.Read || !d.Idempotent || d.Toolset != tool.DefaultToolset {
		t.Errorf("%+v", d.Spec)
	}
	call, err := d.Decode([]byte(`{"account":"acme"}`))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := call.Read(t.Context()); err != nil || out != "acme" {
		t.Errorf("%v %v", out, err)
	}
	if call.Plan != nil || call.Execute != nil || call.Control != nil || call.Tool != d {
		t.Errorf("a read is more than a read: %+v", call)
	}
}

// TestWrites pins, for both kinds of writes, that a decoded call has an account, a plan
// and a canonical form with MACs in place of secrets, and that the functions of the
// writer receive the given input.
func TestWrites(t *testing.T) {
	t.Parallel()
	plain := tool.NewWrite(tool.Spec{Name: "act", Effect: tool.Bill}, tool.Writer[input]{
		Account: func(in input) cloud.AccountName { return in.Account },
		Plan: func(_ context.Context, in input) (tool.Plan, error) {
			return tool.Plan{Summary: in.Secret.Reveal()}, nil
		},
		Execute: func(_ context.Context, in input, run tool.Run) (tool.Made, error) {
			return tool.Made{Summary: in.Secret.Reveal() + run.Marker}, nil
		},
		Settle: func(context.Context, tool.Intent) (tool.Settlement, error) {
			return tool.Settlement{Finding: tool.FoundNothing}, nil
		},
	})
	block := tool.NewBlockWrite(tool.Spec{Name: "make", Effect: tool.Bill, Schema: []schema.Option{schema.WithBlocks(schema.Block{
		Name: "acme_vm", Description: "A machine.", New: func() any { return &machine{} }, Example: `{"size":"s"}`,
	})}}, tool.Writer[blockInput]{
		Account: func(in blockInput) cloud.AccountName { return in.Account },
		Plan: func(_ context.Context, in blockInput) (tool.Plan, error) {
			return tool.Plan{Summary: in.block.(*machine).Size}, nil
		},
		Execute: func(_ context.Context, in blockInput, run tool.Run) (tool.Made, error) {
			return tool.Made{Summary: in.block.(*machine).Size + run.Marker}, nil
		},
	})
	tests := []struct {
		name       string
		definition *tool.Definition
		arguments  string
		plan       string
		canonical  string
	}{
		{"plain", plain, `{"secret":"hunter2","account":"acme"}`, "hunter2", `{"account":"acme","secret":"mac of 7"}`},
		{"block", block, `{"acme_vm":{"size":"s"},"account":"acme"}`, "s", `{"account":"acme","acme_vm":{"size":"s"}}`},
	}
	for _, test := range tests {
		call, err := test.definition.Decode([]byte(test.arguments))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		canonical, err := call.Canonical(func(secret string) string { return "mac of " + string(rune('0'+len(secret))) })
		if err != nil || string(canonical) != test.canonical {
			t.Errorf("%s: canonical %s (%v)", test.name, canonical, err)
		}
		plan, err := call.Plan(t.Context())
		if err != nil || plan.Summary != test.plan || call.Account != "acme" || call.Tool != test.definition {
			t.Errorf("%s: plan %q for %q (%v)", test.name, plan.Summary, call.Account, err)
		}
		made, err := call.Execute(t.Context(), tool.Run{Marker: "!"})
		if err != nil || made.Summary != test.plan+"!" {
			t.Errorf("%s: made %q (%v)", test.name, made.Summary, err)
		}
	}
	if found, err := plain.Settle(t.Context(), tool.Intent{}); err != nil || found.Finding != tool.FoundNothing {
		t.Errorf("settled %+v (%v)", found, err)
	}
}

// TestDecodingIsStrict pins that wrong arguments give problems without their values.
func TestDecodingIsStrict(t *testing.T) {
	t.Parallel()
	control := tool.NewControl(tool.Spec{Name: "drop", Effect: tool.Change}, func(context.Context, input) (tool.Outcome, error) {
		return tool.Outcome{Status: tool.StatusDone}, nil
	})
	for _, arguments := range []string{`{}`, `{"account":1}`, `{"account":"acme","x":"hunter2"}`, `{"account":"acme","account":"acme"}`, `{"Account":"acme"}`, `[]`, `{`, `"hunter2"`} {
		_, err := control.Decode([]byte(arguments))
		var problems schema.Problems
		if !errors.As(err, &problems) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", arguments, err)
		}
	}
	call, err := control.Decode([]byte(`{"account":"acme"}`))
	if err != nil || call.Control == nil || call.Read != nil || call.Plan != nil {
		t.Fatalf("%+v %v", call, err)
	}
	if out, err := call.Control(t.Context()); err != nil || out.Status != tool.StatusDone {
		t.Errorf("%+v %v", out, err)
	}
}

// TestProgress pins that progress is reported to the function in the context, and that
// nothing happens without one.
func TestProgress(t *testing.T) {
	t.Parallel()
	tool.Progress(t.Context(), 1, 2, "nobody listens")
	var got []string
	ctx := tool.WithProgress(t.Context(), func(done, total float64, message string) {
		if done == 1 && total == 2 {
			got = append(got, message)
		}
	})
	tool.Progress(ctx, 1, 2, "half")
	if strings.Join(got, ",") != "half" {
		t.Errorf("got %v", got)
	}
}

// TestPageSize pins the number of rows of a page.
func TestPageSize(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{0: 20, 1: 1, 100: 100, -1: 20} {
		if got := (tool.Page{Limit: limit}).Size(); got != want {
			t.Errorf("limit %d: %d rows, want %d", limit, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	a, b := &tool.Definition{Spec: tool.Spec{Name: "a"}}, &tool.Definition{Spec: tool.Spec{Name: "b"}}
	all := []*tool.Definition{a, b}
	if tool.Find(all, "a") != a || tool.Find(all, "b") != b || tool.Find(all, "c") != nil || tool.Find(nil, "a") != nil {
		t.Error("found another tool")
	}
}
