package tools_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/internal/tool"
	"countersign/tools"
)

// TestChoose checks which tools a choice of toolsets serves.
func TestChoose(t *testing.T) {
	t.Parallel()
	all := []*tool.Definition{
		{Spec: tool.Spec{Name: "list_vms", Toolset: tool.DefaultToolset}},
		{Spec: tool.Spec{Name: "list_volumes", Toolset: "volumes"}},
		{Spec: tool.Spec{Name: "wait_operation", Toolset: tool.DefaultToolset}},
	}
	for choice, want := range map[string]string{
		"": "list_vms wait_operation", "default": "list_vms wait_operation",
		"all": "list_vms list_volumes wait_operation", "default,all": "list_vms list_volumes wait_operation",
		// The tools to wait for an approval are served without the default set
		// too.
		"volumes": "list_volumes wait_operation",
	} {
		var names []string
		if choice != "" {
			names = strings.Split(choice, ",")
		}
		chosen, err := tools.Choose(all, names)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range chosen {
			got = append(got, d.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q serves %v, want %s", choice, got, want)
		}
	}
	if _, err := tools.Choose(all, []string{"moon"}); err == nil || !strings.Contains(err.Error(), "default") {
		t.Errorf("a toolset that there is not: %v", err)
	}
}

// TestEveryToolBelongsToAToolset checks that every tool can be enabled.
func TestEveryToolBelongsToAToolset(t *testing.T) {
	t.Parallel()
	var names []string
	for _, set := range tools.Toolsets() {
		if set.About == "" || slices.Contains(names, set.Name) || set.Name == tools.AllToolsets {
			t.Errorf("toolset %+v", set)
		}
		names = append(names, set.Name)
	}
	if names[0] != tool.DefaultToolset {
		t.Errorf("the first toolset is %s", names[0])
	}
	for _, d := range tools.All(having(&store{})) {
		if !slices.Contains(names, d.Toolset) {
			t.Errorf("%s belongs to %q", d.Name, d.Toolset)
		}
	}
}
