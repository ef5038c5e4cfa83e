package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/prompt"
	"countersign/internal/tool"
	"countersign/prompts"
)

// TestPromptsNameOnlyToolsThatExist checks every word in backticks in a prompt that
// has the form of a tool name.
func TestPromptsNameOnlyToolsThatExist(t *testing.T) {
	definitions, err := catalogue(t.Context(), &config.Config{}, everyKey)
	if err != nil {
		t.Fatal(err)
	}
	var known []string
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
		// A tool has to be in backticks, or the check above would miss it.
		for _, name := range known {
			if n := len(regexp.MustCompile(`\b`+name+`\b`).FindAllString(p.Text, -1)); n != len(regexp.MustCompile("`"+name+"`").FindAllString(p.Text, -1)) {
				t.Errorf("%s names %s without backticks", p.Name, name)
			}
		}
	}
}

// TestPromptsOfEverySetOfClouds checks which prompts each set of clouds has, with
// all tools and with --read-only.
func TestPromptsOfEverySetOfClouds(t *testing.T) {
	const deploy, explain, find, review, tidy = "deploy_machine", "explain_operation", "find_cheapest_gpu", "review_bill", "tidy_ssh_keys"
	want := map[string][]string{
		"none":                    {explain},
		"gpcn":                    {deploy, explain, find, tidy},
		"hostup":                  {deploy, explain, find, review, tidy},
		"voltagepark":             {deploy, explain, find, review},
		"gpcn+hostup":             {deploy, explain, find, review, tidy},
		"gpcn+voltagepark":        {deploy, explain, find, review, tidy},
		"hostup+voltagepark":      {deploy, explain, find, review, tidy},
		"gpcn+hostup+voltagepark": {deploy, explain, find, review, tidy},
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
		wantReads := slices.DeleteFunc(slices.Clone(want[name]), func(p string) bool { return p == deploy || p == tidy })
		if got := servedPrompts(t, reads); !slices.Equal(got, wantReads) {
			t.Errorf("%s, read-only: %v, want %v", name, got, wantReads)
		}
	}
}

func servedPrompts(t *testing.T, definitions []*tool.Definition) []string {
	t.Helper()
	set, err := prompts.New(prompts.Env{Operations: guard.New(guard.Options{}), Tools: definitions, Log: zerolog.Nop(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range set.List() {
		names = append(names, p.Name)
	}
	return names
}

// TestEveryArgumentIsCompleted completes every argument of every prompt on the
// sandboxes: there are live values with names, each is found by its name and by its
// ID, and the text of a prompt has the name of an ID.
func TestEveryArgumentIsCompleted(t *testing.T) {
	cfg := &config.Config{Sandbox: true, SandboxSeed: 1, Timeout: 10 * time.Second, LogLevel: "error", LogFormat: "json", State: t.TempDir(), AskTTL: time.Minute}
	a, err := newApp(t.Context(), cfg, streams{err: io.Discard}, appOptions{lookup: func(string) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	accounts, _, err := connect(cfg, nil, a.sandbox.environment(func(string) (string, bool) { return "", false }))
	if err != nil {
		t.Fatal(err)
	}
	ctx := guard.WithPrincipal(t.Context(), localPrincipal)
	askToStop(t, a, accounts)
	set, err := prompts.New(prompts.Env{Accounts: accounts, Operations: a.guard, Tools: a.tools, Log: zerolog.Nop(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	all, err := prompts.All()
	if err != nil || len(set.List()) != len(all) {
		t.Fatalf("%d of %d prompts are served, %v", len(set.List()), len(all), err)
	}
	for _, p := range all {
		for _, argument := range p.Arguments {
			t.Run(p.Name+"/"+argument.Name, func(t *testing.T) {
				complete := func(typed string) []prompt.Value {
					got, err := set.Complete(ctx, prompt.Query{Prompt: p.Name, Argument: argument.Name, Typed: typed})
					if err != nil || got.More || got.Total != len(got.Values) {
						t.Fatalf("%q: %+v, %v", typed, got, err)
					}
					return got.Values
				}
				values := complete("")
				if len(values) == 0 {
					t.Fatal("there is nothing")
				}
				for _, v := range values { // a location may have no name
					if v.Name == "" && argument.Complete != prompt.Location || !slices.Contains(complete(strings.ToUpper(v.Name)), v) || !slices.Contains(complete(v.ID), v) {
						t.Errorf("%+v is not found again", v)
					}
				}
				first := values[0]
				text, err := set.Get(ctx, p.Name, map[string]string{argument.Name: first.ID})
				if err != nil || !strings.Contains(text, strconv.Quote(first.ID)) || strings.Contains(text, "has this exact ID") {
					t.Errorf("%v\n%s", err, text)
				}
				if looked := argument.Complete != prompt.Account && argument.Complete != prompt.GPUModel; looked && !strings.Contains(text, "named "+strconv.Quote(first.Name)) {
					t.Errorf("%s is not called %q:\n%s", first.ID, first.Name, text)
				}
			})
		}
	}
}

// askToStop leaves an operation waiting for a person.
func askToStop(t *testing.T, a *app, accounts cloud.Accounts) {
	t.Helper()
	for _, c := range cloud.Having[cloud.VMReader](accounts) {
		page, err := c.Cloud.ListVMs(t.Context(), cloud.PageRequest{Limit: 20})
		if err != nil {
			t.Fatal(err)
		}
		for _, vm := range page.Items {
			if vm.Power != cloud.PowerRunning {
				continue
			}
			arguments := fmt.Sprintf(`{"account":%q,"vm_id":%q,"action":"stop"}`, c.Account, vm.ID)
			if _, err := a.guard.Call(t.Context(), guard.Request{Tool: "power_vm", Arguments: []byte(arguments), Principal: localPrincipal}); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
}
