package tools_test

import (
	"context"
	"slices"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// guild is acme with resource groups.
type guild struct {
	*acme
	groups []cloud.ResourceGroupDetail
	found  cloud.NameFound
}

func (g *guild) ListResourceGroups(context.Context, cloud.PageRequest) (cloud.Page[cloud.ResourceGroup], error) {
	var page cloud.Page[cloud.ResourceGroup]
	for _, group := range g.groups {
		page.Items = append(page.Items, group.ResourceGroup)
	}
	return page, g.listErr
}

func (g *guild) GetResourceGroup(_ context.Context, id cloud.ResourceGroupID) (cloud.ResourceGroupDetail, error) {
	for _, group := range g.groups {
		if group.ID == id {
			return group, nil
		}
	}
	return cloud.ResourceGroupDetail{}, &cloud.Error{Kind: cloud.ErrUnknownID, Account: g.name, Operation: "get resource group", Status: 404}
}

func (g *guild) CheckResourceGroup(cloud.ResourceGroupUpdate) error { return g.refuse }

func (g *guild) CreateResourceGroup(_ context.Context, name, description string) (cloud.ResourceGroupID, error) {
	g.writes = append(g.writes, "create "+name+" "+description)
	return "rg-9", nil
}

func (g *guild) UpdateResourceGroup(_ context.Context, id cloud.ResourceGroupID, u cloud.ResourceGroupUpdate) error {
	write := "update " + string(id)
	if u.Name != nil {
		write += " name=" + *u.Name
	}
	if u.Description != nil {
		write += " description=" + *u.Description
	}
	g.writes = append(g.writes, write)
	return nil
}

func (g *guild) DeleteResourceGroup(_ context.Context, id cloud.ResourceGroupID) error {
	g.writes = append(g.writes, "delete "+string(id))
	return nil
}

func (g *guild) FindResourceGroup(context.Context, cloud.NameSearch) (cloud.NameFound, error) {
	return g.found, g.listErr
}

func newGuild() *guild {
	group := func(id cloud.ResourceGroupID, name string) cloud.ResourceGroupDetail {
		return cloud.ResourceGroupDetail{ResourceGroup: cloud.ResourceGroup{ID: id, Name: name, Description: "old"}}
	}
	return &guild{acme: &acme{name: "acme"}, groups: []cloud.ResourceGroupDetail{group("rg-1", "prod"), group("rg-2", "twin"), group("rg-3", "twin")}}
}

// TestResourceGroupPlans checks the effects of each write, what is rejected, and
// what is sent.
func TestResourceGroupPlans(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tool, arguments string
		code            tool.Code // of the error, if it is rejected
		effect          tool.Effect
		nothing         bool
		writes          string
	}{
		"create":              {"create_resource_group", `"name":"lab","description":"x"`, "", tool.Change, false, "create lab x"},
		"create, taken":       {"create_resource_group", `"name":"prod"`, "blocked", 0, false, ""},
		"rename":              {"update_resource_group", `"resource_group_id":"rg-1","name":"lab"`, "", tool.Change, false, "update rg-1 name=lab"},
		"rename, taken":       {"update_resource_group", `"resource_group_id":"rg-1","name":"twin"`, "blocked", 0, false, ""},
		"rename to the same":  {"update_resource_group", `"resource_group_id":"rg-1","name":"prod"`, "", tool.Change, true, ""},
		"clear":               {"update_resource_group", `"resource_group_id":"rg-1","clear_description":true`, "", tool.Change, false, "update rg-1 description="},
		"clear and give":      {"update_resource_group", `"resource_group_id":"rg-1","clear_description":true,"description":"x"`, tool.CodeInvalidArguments, 0, false, ""},
		"nothing":             {"update_resource_group", `"resource_group_id":"rg-1"`, tool.CodeInvalidArguments, 0, false, ""},
		"update by name":      {"update_resource_group", `"resource_group_id":"prod","name":"x"`, "unknown_id", 0, false, ""},
		"delete":              {"delete_resource_group", `"resource_group_id":"rg-1"`, "", tool.Destroy, false, "delete rg-1"},
		"delete one of twins": {"delete_resource_group", `"resource_group_id":"rg-2"`, "", tool.Destroy, false, "delete rg-2"},
		"delete by name":      {"delete_resource_group", `"resource_group_id":"prod"`, "unknown_id", 0, false, ""},
	} {
		g := newGuild()
		call := callOf(t, test.tool, g, `{"account":"acme",`+test.arguments+`}`)
		p, err := call.Plan(t.Context())
		if test.code != "" {
			if e := tool.AsError(err); e.Code != test.code || test.code == "unknown_id" && (len(e.Candidates) == 0 || e.Candidates[0].ID != "rg-1") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || tool.Highest(p.Effects) != test.effect || (p.Nothing != "") != test.nothing || len(g.writes) > 0 {
			t.Errorf("%s: %v %q %v", name, p.Effects, p.Nothing, err)
		}
		if len(p.Targets) > 0 && p.Targets[0].NameShared != (p.Targets[0].ID == "rg-2") {
			t.Errorf("%s: name shared is %t", name, p.Targets[0].NameShared)
		}
		if test.nothing {
			continue
		}
		if _, err := call.Execute(t.Context(), tool.Run{Plan: p}); err != nil || !slices.Equal(g.writes, []string{test.writes}) {
			t.Errorf("%s: %q %v", name, g.writes, err)
		}
	}
}

// TestLostResourceGroups checks how each write is settled after a lost response.
func TestLostResourceGroups(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tool, arguments string
		becomes         func(*guild)
		want            tool.Finding
	}{
		"created":         {"create_resource_group", `"name":"lab"`, func(g *guild) { g.found.ID = "rg-9" }, tool.FoundDone},
		"not created":     {"create_resource_group", `"name":"lab"`, func(*guild) {}, tool.FoundNothing},
		"perhaps created": {"create_resource_group", `"name":"lab"`, func(g *guild) { g.found.Possible = []cloud.Candidate{{ID: "rg-9"}} }, tool.FoundUnclear},
		"changed":         {"update_resource_group", `"resource_group_id":"rg-1","description":"new"`, func(g *guild) { g.groups[0].Description = "new" }, tool.FoundDone},
		"not changed":     {"update_resource_group", `"resource_group_id":"rg-1","description":"new"`, func(*guild) {}, tool.FoundNothing},
		"deleted":         {"delete_resource_group", `"resource_group_id":"rg-1"`, func(g *guild) { g.groups = nil }, tool.FoundDone},
		"not deleted":     {"delete_resource_group", `"resource_group_id":"rg-1"`, func(*guild) {}, tool.FoundNothing},
	} {
		g := newGuild()
		p, err := callOf(t, test.tool, g, `{"account":"acme",`+test.arguments+`}`).Plan(t.Context())
		if err != nil {
			t.Fatal(name, err)
		}
		test.becomes(g)
		if found, err := toolOf(t, test.tool, g).Settle(t.Context(), tool.Intent{Plan: p}); err != nil || found.Finding != test.want {
			t.Errorf("%s: %+v %v", name, found, err)
		}
	}
}
