package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"countersign/internal/config"
	"countersign/internal/mcpserver"
	"countersign/internal/tool"
	"countersign/tools"
)

var update = flag.Bool("update", false, "write the goldens anew")

const (
	goldenTools = "../../testdata/tools"
	// sizesGolden has the number and the bytes of the tools for every set of
	// clouds.
	sizesGolden = "catalogue.json"
	// The default toolset stays below the limit of the smallest client.
	maxTools = 25
	maxBytes = 40 << 10
)

// cloudSets returns every set of clouds that can be configured.
func cloudSets() map[string][]string {
	var prefixes []string
	for _, entry := range clouds() {
		prefixes = append(prefixes, entry.prefix)
	}
	sets := map[string][]string{}
	for bits := range 1 << len(prefixes) {
		var set []string
		for i, prefix := range prefixes {
			if bits&(1<<i) != 0 {
				set = append(set, prefix)
			}
		}
		name := strings.ToLower(strings.Join(set, "+"))
		if name == "" {
			name = "none"
		}
		sets[name] = set
	}
	return sets
}

func definitionsFor(t *testing.T, set []string) []*tool.Definition {
	t.Helper()
	all, err := catalogue(t.Context(), &config.Config{}, func(name string) (string, bool) {
		prefix, ok := strings.CutSuffix(name, "_API_KEY")
		return sandboxKey, ok && slices.Contains(set, prefix)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// setSize is the size of the tool list for a set of clouds, which every
// conversation pays for.
type setSize struct {
	Tools []string `json:"tools"`
	Count int      `json:"count"`
	Bytes int      `json:"bytes"`
}

func TestGoldenCatalogue(t *testing.T) {
	sizes := map[string]setSize{}
	goldens := map[string][]byte{}
	for name, set := range cloudSets() {
		definitions := definitionsFor(t, set)
		size := sizeOf(t, definitions, tool.DefaultToolset)
		sizes[name] = size
		if len(set) == len(clouds()) {
			for _, described := range mcpserver.Describe(definitions, true) {
				goldens[described.Name+".json"] = indented(t, marshalled(t, described))
			}
			for _, other := range tools.Toolsets()[1:] {
				sizes["toolset "+other.Name] = sizeOf(t, definitions, other.Name)
			}
		}
		if size.Count > maxTools || size.Bytes > maxBytes {
			t.Errorf("%s: %d tools in %d bytes, at most %d in %d", name, size.Count, size.Bytes, maxTools, maxBytes)
		}
	}
	raw, err := json.Marshal(sizes)
	if err != nil {
		t.Fatal(err)
	}
	goldens[sizesGolden] = indented(t, raw)
	compareGoldens(t, goldens)
}

// sizeOf returns the size of the tools of a toolset, without those that are always
// served.
func sizeOf(t *testing.T, definitions []*tool.Definition, toolset string) setSize {
	t.Helper()
	chosen := slices.DeleteFunc(slices.Clone(definitions), func(d *tool.Definition) bool { return d.Toolset != toolset })
	var size setSize
	for _, described := range mcpserver.Describe(chosen, true) {
		size.Tools = append(size.Tools, described.Name)
		size.Count++
		size.Bytes += len(marshalled(t, described))
	}
	return size
}

func marshalled(t *testing.T, described mcp.Tool) []byte {
	t.Helper()
	raw, err := json.Marshal(described)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func indented(t *testing.T, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// compareGoldens fails if a file differs, is missing or is orphaned.
func compareGoldens(t *testing.T, goldens map[string][]byte) {
	t.Helper()
	for name, want := range goldens {
		path := filepath.Join(goldenTools, name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v (make golden writes it)", err)
			continue
		}
		if diff := cmp.Diff(string(got), string(want)); diff != "" {
			t.Errorf("%s (-golden +now):\n%s", name, diff)
		}
	}
	files, err := filepath.Glob(filepath.Join(goldenTools, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, ok := goldens[filepath.Base(file)]; !ok {
			t.Errorf("%s belongs to no tool", file)
		}
	}
}

// TestCatalogueIsFitForEveryClient checks the limits for which clients and model
// APIs reject a whole list of tools.
func TestCatalogueIsFitForEveryClient(t *testing.T) {
	names := regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`)
	for setName, set := range cloudSets() {
		t.Run(setName, func(t *testing.T) {
			for _, d := range definitionsFor(t, set) {
				if err := d.Input.Check(); err != nil {
					t.Errorf("%s input: %v", d.Name, err)
				}
				if err := d.Output.Check(); err != nil {
					t.Errorf("%s output: %v", d.Name, err)
				}
				if !names.MatchString(d.Name) || len(d.Name) > 40 {
					t.Errorf("%s is no verb_noun of at most 40 characters", d.Name)
				}
				for _, limit := range clientLimits() {
					if n := limit.of(t, d); n > limit.most {
						t.Errorf("%s: %d %s, at most %d (%s)", d.Name, n, limit.what, limit.most, limit.client)
					}
				}
				if d.Title == "" || d.Description == "" || !strings.HasSuffix(d.Description, ".") {
					t.Errorf("%s lacks a title or a description of whole sentences", d.Name)
				}
			}
		})
	}
}

// clientLimit is a limit beyond which one client rejects or truncates a tool.
type clientLimit struct {
	client, what string
	most         int
	of           func(*testing.T, *tool.Definition) int
}

// clientLimits returns the limits beyond the rules that schema.Check enforces for
// all clients: no references, combinators, type arrays and the like.
func clientLimits() []clientLimit {
	schema := func(count func(node map[string]any, depth int) int) func(*testing.T, *tool.Definition) int {
		return func(t *testing.T, d *tool.Definition) int {
			var root map[string]any
			if err := json.Unmarshal(d.Input.JSON(), &root); err != nil {
				t.Fatal(err)
			}
			return count(root, 1)
		}
	}
	return []clientLimit{
		{"Claude, OpenAI", "characters of a name with the prefix mcp__countersign__", 64, func(_ *testing.T, d *tool.Definition) int { return len("mcp__countersign__" + d.Name) }},
		{"OpenAI", "characters of a description", 1024, func(_ *testing.T, d *tool.Definition) int { return len(d.Description) }},
		{"OpenAI", "levels of nesting", 5, schema(deepest)},
		{"OpenAI", "properties", 100, schema(func(node map[string]any, _ int) int { return properties(node) })},
		{"Gemini", "values of one enum", 100, schema(func(node map[string]any, _ int) int { return widest(node) })},
	}
}

// below returns the schemas within a schema.
func below(node map[string]any) []map[string]any {
	var out []map[string]any
	if items, ok := node["items"].(map[string]any); ok {
		out = append(out, items)
	}
	members, _ := node["properties"].(map[string]any)
	for _, member := range members {
		if m, ok := member.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// deepest returns the nesting depth of objects.
func deepest(node map[string]any, depth int) int {
	most := depth
	for _, inner := range below(node) {
		next := depth
		if inner["type"] == "object" {
			next++
		}
		most = max(most, deepest(inner, next))
	}
	return most
}

func properties(node map[string]any) int {
	members, _ := node["properties"].(map[string]any)
	n := len(members)
	for _, inner := range below(node) {
		n += properties(inner)
	}
	return n
}

func widest(node map[string]any) int {
	values, _ := node["enum"].([]any)
	n := len(values)
	for _, inner := range below(node) {
		n = max(n, widest(inner))
	}
	return n
}

func TestAccountIsAnEnumOfWhatIsConfigured(t *testing.T) {
	for setName, set := range cloudSets() {
		t.Run(setName, func(t *testing.T) {
			for _, d := range definitionsFor(t, set) {
				var schema struct {
					Properties struct {
						Account struct {
							Enum []string `json:"enum"`
						} `json:"account"`
					} `json:"properties"`
					Required []string `json:"required"`
				}
				if err := json.Unmarshal(d.Input.JSON(), &schema); err != nil {
					t.Fatal(err)
				}
				for _, name := range schema.Properties.Account.Enum {
					if !slices.Contains(set, strings.ToUpper(name)) {
						t.Errorf("%s offers account %s, which is not configured", d.Name, name)
					}
				}
				aboutClouds := !strings.HasSuffix(d.Name, "_operation") && d.Name != "revoke_grant"
				if d.Effect > tool.Read && aboutClouds && !slices.Contains(schema.Required, "account") {
					t.Errorf("%s is a write without a required account", d.Name)
				}
			}
		})
	}
}

// TestAnnotationsStandAtTheirCeiling checks that the hints of a tool follow from
// its highest effect.
func TestAnnotationsStandAtTheirCeiling(t *testing.T) {
	var all []string
	for _, entry := range clouds() {
		all = append(all, entry.prefix)
	}
	definitions := definitionsFor(t, all)
	effects := map[string]tool.Effect{}
	for _, d := range definitions {
		effects[d.Name] = d.Effect
	}
	for _, described := range mcpserver.Describe(definitions, true) {
		hints := described.Annotations
		for name, hint := range map[string]*bool{
			"readOnly": hints.ReadOnlyHint, "destructive": hints.DestructiveHint, "idempotent": hints.IdempotentHint, "openWorld": hints.OpenWorldHint,
		} {
			if hint == nil {
				t.Errorf("%s says nothing about %s", described.Name, name)
			}
		}
		effect := effects[described.Name]
		if *hints.ReadOnlyHint != (effect == tool.Read) || *hints.DestructiveHint != (effect >= tool.Disrupt) {
			t.Errorf("%s: hints %v do not follow from %s", described.Name, hints, effect)
		}
		if marked(described) != (effect == tool.Destroy) {
			t.Errorf("%s (%s): the mark for hosts is %v", described.Name, effect, marked(described))
		}
	}
}

func marked(t mcp.Tool) bool {
	return t.Meta != nil && t.Meta.AdditionalFields["anthropic/requiresUserInteraction"] == true
}

// TestNouns checks the nouns of tools in rules: singular, few words, and one word
// for all tools of a thing.
func TestNouns(t *testing.T) {
	t.Parallel()
	got := map[string][]string{}
	for _, d := range definitionsFor(t, []string{"GPCN", "HOSTUP", "VOLTAGEPARK"}) {
		if d.Judged() {
			got[d.Noun()] = append(got[d.Noun()], d.Name)
		}
		if d.Noun() == "" || !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(d.Noun()) || strings.HasSuffix(d.Noun(), "s") && d.Noun() != "status" {
			t.Errorf("%s is about %q", d.Name, d.Noun())
		}
		if d.Judged() != (d.Effect > tool.Read && !slices.Contains([]string{"cancel_operation", "confirm_operation", "revoke_grant"}, d.Name)) {
			t.Errorf("%s, %s: judged %v", d.Name, d.Effect, d.Judged())
		}
	}
	want := map[string][]string{
		"backup":         {"create_backup"},
		"file":           {"generate_password"},
		"grant":          {"request_grant"},
		"interface":      {"update_vm_interfaces"},
		"network":        {"create_network", "update_network", "delete_network"},
		"rental":         {"create_rental", "update_rental", "power_rental", "reboot_rental_nodes", "remove_rental_nodes", "delete_rental", "save_kubeconfig"},
		"resource_group": {"create_resource_group", "update_resource_group", "delete_resource_group"},
		"snapshot":       {"create_snapshot"},
		"ssh_key":        {"rename_ssh_key", "add_ssh_key", "delete_ssh_key", "generate_ssh_key"},
		"vm": {
			"create_vm", "update_vm", "power_vm", "delete_vm", "cancel_vm_deletion", "save_jupyter_url", "relocate_vm", "resize_vm",
			"restore_snapshot", "restore_backup", "rescue_vm", "end_rescue", "stop_gpcn_gpus", "delete_gpcn_gpus",
		},
		"volume": {"create_volume", "update_volume", "delete_volumes"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
