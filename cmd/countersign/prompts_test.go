package main

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/tool"
	"countersign/prompts"
)

// comingTools are named by prompts before they are tools.
func comingTools() []string { return []string{"compare_offers", "list_costs"} }

// TestPromptsNameOnlyToolsThatExist looks for every word of the form of a tool's
// name that a prompt has in backticks.
func TestPromptsNameOnlyToolsThatExist(t *testing.T) {
	definitions, err := catalogue(t.Context(), &config.Config{}, everyKey)
	if err != nil {
		t.Fatal(err)
	}
	known := comingTools()
	for _, d := range definitions {
		known = append(known, d.Name)
	}
	all, err := prompts.All()
	if err != nil {
		t.Fatal(err)
	}
	inBackticks := regexp.MustCompile("`([^`]*)`")
	for _, p := range all {
		found := inBackticks.FindAllStringSubmatch(p.Text, -1)
		if len(found) == 0 {
			t.Errorf("%s names no tool", p.Name)
		}
		for _, match := range found {
			if !slices.Contains(known, match[1]) {
				t.Errorf("%s names %s, and there is no such tool", p.Name, match[1])
			}
		}
		// A tool is named as one, else it would not be looked for.
		for _, name := range known {
			if n := len(regexp.MustCompile(`\b`+name+`\b`).FindAllString(p.Text, -1)); n != len(regexp.MustCompile("`"+name+"`").FindAllString(p.Text, -1)) {
				t.Errorf("%s names %s without backticks", p.Name, name)
			}
		}
	}
}

// TestPromptsOfEverySetOfClouds pins which prompts each set of clouds has, with
// all tools and with those of --read-only.
func TestPromptsOfEverySetOfClouds(t *testing.T) {
	want := map[string][]string{ // beside those for which a tool is still to come
		"none":                    {"explain_operation"},
		"gpcn":                    {"deploy_machine", "explain_operation", "tidy_ssh_keys"},
		"hostup":                  {"deploy_machine", "explain_operation", "tidy_ssh_keys"},
		"voltagepark":             {"deploy_machine", "explain_operation"},
		"gpcn+hostup":             {"deploy_machine", "explain_operation", "tidy_ssh_keys"},
		"gpcn+voltagepark":        {"deploy_machine", "explain_operation", "tidy_ssh_keys"},
		"hostup+voltagepark":      {"deploy_machine", "explain_operation", "tidy_ssh_keys"},
		"gpcn+hostup+voltagepark": {"deploy_machine", "explain_operation", "tidy_ssh_keys"},
	}
	for name, set := range cloudSets() {
		definitions := definitionsFor(t, set)
		var reads []*tool.Definition
		for _, d := range definitions {
			if d.Effect == tool.Read {
				reads = append(reads, d)
			}
		}
		if got := servedPrompts(t, definitions); !slices.Equal(got, want[name]) {
			t.Errorf("%s: %v, want %v", name, got, want[name])
		}
		if got := servedPrompts(t, reads); !slices.Equal(got, []string{"explain_operation"}) {
			t.Errorf("%s, read-only: %v", name, got)
		}
	}
}

// servedPrompts leaves out the prompts that name a tool which is still to come.
func servedPrompts(t *testing.T, definitions []*tool.Definition) []string {
	t.Helper()
	set, err := prompts.New(prompts.Env{Operations: guard.New(guard.Options{}), Tools: definitions, Log: zerolog.Nop(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range set.List() {
		if !slices.ContainsFunc(p.Tools(), func(name string) bool { return slices.Contains(comingTools(), name) }) {
			names = append(names, p.Name)
		}
	}
	return names
}
