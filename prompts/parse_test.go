package prompts_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/prompt"
	"countersign/prompts"
)

const whole = `---
title: Look at a machine
description: Look. Then tell.
arguments:
  - name: account
    complete: account
    description: Its account.
    otherwise: all accounts
  - name: vm_id
    description: The machine.
    complete: vm_id
    required: true
---

Look at {{vm_id}} of {{account}} with ` + "`get_vm`, or `list_vms`; then `get_vm`" + `.
`

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := prompts.Parse("look_at", whole)
	if err != nil {
		t.Fatal(err)
	}
	want := prompt.Prompt{
		Name: "look_at", Title: "Look at a machine", Description: "Look. Then tell.",
		Arguments: []prompt.Argument{
			{Name: "account", Complete: prompt.Account, Description: "Its account.", Otherwise: "all accounts"},
			{Name: "vm_id", Complete: prompt.VM, Description: "The machine.", Required: true},
		},
		Text: "Look at {{vm_id}} of {{account}} with `get_vm`, or `list_vms`; then `get_vm`.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"get_vm", "list_vms"}, got.Tools()); diff != "" {
		t.Errorf("tools (-want +got):\n%s", diff)
	}
}

// TestParseRefuses checks the errors of a file, one change at a time.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ old, new, want string }{
		{"---\ntitle", "title", "line 1: the front matter begins with ---"},
		{"---\n\nLook", "\nLook", "the front matter has no end"},
		{"title: Look at a machine\n", "", "a title, a description"},
		{"description: Look. Then tell.\n", "", "a title, a description"},
		{"Then tell.", "Then tell", "a title, a description"},
		{"\nLook at {{vm_id}}", "\n  ", "the text never uses it"},
		{"title: ", "titel: ", `line 2: titel: "Look at a machine" is not known here`},
		{"title: ", "title:", `is no key: value`},
		{"title: Look", "title:  Look", `is no key: value`},
		{"a machine\n", "a machine \n", `is no key: value`},
		{"title: Look", "title: 'Look", `is no plain value`},
		{"title: Look", "title: Look: ", `is no plain value`},
		{"title: Look", "title: Look #1", `is no plain value`},
		{"title: Look at a machine\n", "title: Look\ntitle: Look\n", "line 3: title is given twice"},
		{"arguments:\n", "arguments:\narguments:\n", "neither the beginning of an argument"},
		{"arguments:\n", "", `"  - name: account" is no key: value|is not known here`},
		{"  - name: account", "    name: account", "neither the beginning of an argument"},
		{"    complete: account", "   complete: account", "neither the beginning of an argument"},
		{"    complete: account", "\tcomplete: account", "neither the beginning of an argument"},
		{"complete: account", "complete: accounts", `complete: "accounts" is not known here`},
		{"    complete: account\n", "", "argument account: what completes it is missing"},
		{"complete: account", "completes: account", "is not known here"},
		{"complete: account", "complete: account\n    complete: account", "complete is given twice"},
		{"    description: Its account.\n", "", "argument account: the description is missing"},
		{"Its account.", "Its account", "argument account: the description is missing"},
		{"    otherwise: all accounts\n", "", "argument account: either it is required or otherwise"},
		{"required: true", "required: true\n    otherwise: none", "argument vm_id: either it is required or otherwise"},
		{"required: true", "required: yes", `required: "yes" is not known here`},
		{"name: vm_id", "name: account", `argument "account": the name is missing, is given twice`},
		{"name: vm_id", "name: VM", `argument "VM": the name`},
		{"  - name: vm_id\n    description", "  - description", `argument "": the name is missing`},
		{" of {{account}}", "", "argument account: the text never uses it"},
		{"{{account}}", "{{account}} {{region}}", "{{region}} in the text is no argument"},
		{"{{account}}", "{{account}} {{ account }}", "{{ account }} in the text is no argument"},
		{"{{account}}", "{{account}} {account}", "a brace in the text belongs to no argument"},
		{"{{account}}", "{{account}} {{account", "a brace in the text belongs to no argument"},
		{"`list_vms`", "`list_vms", "a backtick in the text has no other half"},
	}
	for _, test := range tests {
		file := strings.Replace(whole, test.old, test.new, 1)
		if file == whole {
			t.Errorf("%q is not in the file", test.old)
		}
		_, err := prompts.Parse("look_at", file)
		if err == nil || !regexp.MustCompile(alternatives(test.want)).MatchString(err.Error()) {
			t.Errorf("%q for %q: %v, want %s", test.new, test.old, err, test.want)
		}
	}
	for _, name := range []string{"look", "Look_at", "look-at", "look_at_", ""} {
		if _, err := prompts.Parse(name, whole); err == nil {
			t.Errorf("the name %q passes", name)
		}
	}
}

// alternatives quotes texts that are separated by a bar.
func alternatives(text string) string {
	var quoted []string
	for part := range strings.SplitSeq(text, "|") {
		quoted = append(quoted, regexp.QuoteMeta(part))
	}
	return strings.Join(quoted, "|")
}

// TestFiles checks the rules for our own prompts.
func TestFiles(t *testing.T) {
	t.Parallel()
	all, err := prompts.All()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
		if len(p.Tools()) == 0 {
			t.Errorf("%s sends an agent to no tool", p.Name)
		}
		if len(p.Text) > 4000 {
			t.Errorf("%s has %d bytes; agents read it whole", p.Name, len(p.Text))
		}
		for _, a := range p.Arguments {
			if !slices.Contains(prompt.Sources(), a.Complete) {
				t.Errorf("%s: %s is completed from nothing", p.Name, a.Name)
			}
		}
		for _, name := range p.Tools() {
			if !regexp.MustCompile(`^[a-z]+(_[a-z]+)+$`).MatchString(name) {
				t.Errorf("%s has `%s` in backticks, which are for tools", p.Name, name)
			}
		}
	}
	want := []string{"deploy_machine", "explain_operation", "find_cheapest_gpu", "review_bill", "tidy_ssh_keys"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("prompts (-want +got):\n%s", diff)
	}
}
