package gpcn_test

import (
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/gpcn"
	"countersign/internal/gpcn/sandbox"
)

func TestResourceGroupsFromMakingToEnd(t *testing.T) {
	w := newTenant(t)
	since := w.house.kit.Clock.Now()
	id, err := w.CreateResourceGroup(t.Context(), "lab", "papers")
	if err != nil {
		t.Fatal(err)
	}
	if found, err := w.FindResourceGroup(t.Context(), cloud.NameSearch{Name: "lab", Since: since}); err != nil || found.ID != string(id) {
		t.Errorf("found %+v (%v)", found, err)
	}
	if found, err := w.FindResourceGroup(t.Context(), cloud.NameSearch{Name: "production", Since: since}); err != nil || found.ID != "" || found.Possible != nil {
		t.Errorf("one from before is found: %+v (%v)", found, err)
	}
	for _, c := range []struct {
		update            cloud.ResourceGroupUpdate
		name, description string
	}{
		{cloud.ResourceGroupUpdate{Name: new("labs")}, "labs", "papers"},
		{cloud.ResourceGroupUpdate{Description: new("more")}, "labs", "more"},
		{cloud.ResourceGroupUpdate{Description: new("")}, "labs", ""},
	} {
		if err := w.UpdateResourceGroup(t.Context(), id, c.update); err != nil {
			t.Fatal(err)
		}
		if g, err := w.GetResourceGroup(t.Context(), id); err != nil || g.Name != c.name || g.Description != c.description || g.CreatedAt == nil {
			t.Errorf("%+v (%v)", g, err)
		}
	}
	prod := w.group(t, "production")
	if err := w.DeleteResourceGroup(t.Context(), prod); err != nil {
		t.Fatal(err)
	}
	_, err = w.GetResourceGroup(t.Context(), prod)
	refused(t, err, cloud.ErrUnknownID, "")
	if vm, err := w.GetVM(t.Context(), w.vm(t, sandbox.RunningVM).ID); err != nil || vm.GroupID != "" {
		t.Errorf("%q (%v)", vm.GroupID, err)
	}
}

func TestRulesOfResourceGroups(t *testing.T) {
	w := newTenant(t)
	for name, c := range map[string]struct {
		update cloud.ResourceGroupUpdate
		field  string
	}{
		"no name":              {cloud.ResourceGroupUpdate{Name: new("")}, "name"},
		"65 characters":        {cloud.ResourceGroupUpdate{Name: new(strings.Repeat("ä", 65))}, "name"},
		"a name that hides":    {cloud.ResourceGroupUpdate{Name: new("a\u200bb")}, "name"},
		"256 characters of it": {cloud.ResourceGroupUpdate{Description: new(strings.Repeat("x", 256))}, "description"},
	} {
		if e := refused(t, w.CheckResourceGroup(c.update), cloud.ErrInvalid, ""); len(e.Issues) != 1 || e.Issues[0].Field != c.field {
			t.Errorf("%s: %+v", name, e.Issues)
		}
	}
	if err := w.CheckResourceGroup(cloud.ResourceGroupUpdate{Name: new(strings.Repeat("ä", 64)), Description: new("")}); err != nil {
		t.Error(err)
	}
	_, err := w.GetResourceGroup(t.Context(), "production")
	refused(t, err, cloud.ErrUnknownID, "UUIDs")
	if err := w.DeleteResourceGroup(t.Context(), nobody); !cloud.IsKind(err, cloud.ErrUnknownID) {
		t.Error(err)
	}
	_, err = w.as(t, sandbox.ReadOnlyKey).CreateResourceGroup(t.Context(), "mine", "")
	refused(t, err, cloud.ErrForbidden, "")
}

// A create that does not say what it made may have made it.
func TestGroupWithoutAnIDIsAmbiguous(t *testing.T) {
	provider := gpcn.New("gpcn", answering(t, 201, `{"success":true,"data":{"teamId":7}}`))
	_, err := provider.CreateResourceGroup(t.Context(), "lab", "")
	if e := refused(t, err, cloud.ErrUnavailable, "did not say"); !e.Ambiguous {
		t.Error("it is not ambiguous")
	}
}
