package guard_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// ask returns the question about a plan.
func ask(t *testing.T, p tool.Plan) guard.Question {
	t.Helper()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	op := store.Operation{ID: "op_1", Plan: raw, Marker: "countersign-abc", CreatedAt: time.Date(2026, 1, 2, 2, 49, 5, 0, time.UTC), ExpiresAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	q, err := guard.Desk{}.Question(t.Context(), op)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestQuestionIsTheWholePlan checks the text that a person reads before saying yes.
func TestQuestionIsTheWholePlan(t *testing.T) {
	t.Parallel()
	var p tool.Plan
	p.Summary = "Stop thing-one."
	everything(&p)
	p.Attachments[0].Body = "#cloud-config\nruncmd:\n  - [ls, \"-l\"]\n"
	const want = `Stop thing-one.

  thing ID       thing-one
  name           "one"
  was named      "zero"
  status         "running"
  tags           "prod"
  age            "3 days"
  GPUs           "8"
  power          "running" -> "stopped"
  mark           "countersign-abc" (a tag by which it is found again if the answer is lost)
  cost           1 EUR per hour -> 2 EUR per hour, 1440 EUR per 30 days
  price from     the price list
  assumed        euros
Effects:
  - disrupt
  - bill
Opens:
  - SSH key abc
Consequences:
  - the disk is lost
Notes:
  - 3 in stock
cloud-init:
  | #cloud-config
  | runcmd:
  |   - [ls, "-l"]
Prices and budget are as of 02:49:05 UTC.
Operation op_1, lapses at 03:04:05 UTC.`
	if got := ask(t, p).Text; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestCostInAQuestion checks that an unknown price is not overlooked, before or after the
// change.
func TestCostInAQuestion(t *testing.T) {
	t.Parallel()
	known, unknown := price("1.00"), cloud.UnknownPrice("the cloud gives no price")
	monthly := cloud.Price{Per30Days: known.Per30Days}
	hourly := cloud.Price{PerHour: known.PerHour}
	tests := []struct {
		name string
		cost *tool.Cost
		want string // "" for no line on cost
	}{
		{"none", nil, ""},
		{"known", &tool.Cost{After: known}, "1 EUR per hour, 720 EUR per 30 days"},
		{"unknown", &tool.Cost{After: unknown}, "UNKNOWN: the cloud gives no price"},
		{"unknown afterwards", &tool.Cost{Before: &known, After: unknown}, "1 EUR per hour -> UNKNOWN: the cloud gives no price"},
		{"unknown before", &tool.Cost{Before: &unknown, After: known}, "UNKNOWN -> 1 EUR per hour, 720 EUR per 30 days"},
		{"unknown on both sides", &tool.Cost{Before: &unknown, After: unknown}, "UNKNOWN -> UNKNOWN: the cloud gives no price"},
		{"no hourly rate", &tool.Cost{After: monthly}, "UNKNOWN: no rate per hour is known"},
		{"no projection", &tool.Cost{After: hourly}, "1 EUR per hour"},
		{"a reason that hides", &tool.Cost{After: cloud.UnknownPrice("\u202eeerf si ti")}, "UNKNOWN: <U+202E>eerf si ti"},
	}
	for _, test := range tests {
		got := ""
		for line := range strings.Lines(ask(t, tool.Plan{Summary: "x", Effects: []tool.Effect{tool.Bill}, Cost: test.cost}).Text) {
			if rest, ok := strings.CutPrefix(line, "  cost "); ok {
				got = strings.TrimSpace(rest)
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestNothingHidesInAQuestion puts hostile text into every field that a vendor or an
// agent fills: it stays on its line and in its quotes, and invisible characters are
// written out.
func TestNothingHidesInAQuestion(t *testing.T) {
	t.Parallel()
	hidden := []rune{
		'\n', '\r', '\t', 0, 0x1b, 0x7f, 0x85, 0xa0, // controls, no-break space
		0xad, 0x34f, 0x200b, 0x200d, 0x202e, 0x2028, 0x2066, 0xfeff, // soft hyphen, joiners, overrides
		0x115f, 0x3164, 0xffa0, 0x2800, // letters without ink
		0xfe0f, 0xe0041, 0xe0100, // variation selectors, tags
	}
	places := map[string]func(*tool.Plan, string){
		"name":        func(p *tool.Plan, s string) { p.Targets[0].Name = s },
		"former name": func(p *tool.Plan, s string) { p.Targets[0].FormerNames = []string{s} },
		"status":      func(p *tool.Plan, s string) { p.Targets[0].Status = s },
		"tag":         func(p *tool.Plan, s string) { p.Targets[0].Tags = []string{s} },
		"fact":        func(p *tool.Plan, s string) { p.Targets[0].Facts[0].Value = s },
		"new fact":    func(p *tool.Plan, s string) { p.Facts[0].Value = s },
		"before":      func(p *tool.Plan, s string) { p.Changes[0].Before = s },
		"after":       func(p *tool.Plan, s string) { p.Changes[0].After = s },
		"door":        func(p *tool.Plan, s string) { p.Opens = []string{s} },
		"consequence": func(p *tool.Plan, s string) { p.Consequences = []string{s} },
		"note":        func(p *tool.Plan, s string) { p.Notes = []string{s} },
		"attachment":  func(p *tool.Plan, s string) { p.Attachments[0].Body = s },
		"source":      func(p *tool.Plan, s string) { p.Cost.After.Source = s },
		"assumed":     func(p *tool.Plan, s string) { p.Cost.After.Assumed = []string{s} },
	}
	for place, put := range places {
		for _, r := range hidden {
			if place == "attachment" && (r == '\n' || r == '\t') {
				continue // lines and indents are what a text is made of
			}
			var p tool.Plan
			everything(&p)
			put(&p, "plain")
			lines := strings.Count(ask(t, p).Text, "\n")
			put(&p, `a"b`+string(r)+"c")
			text := ask(t, p).Text
			if got := strings.Count(text, "\n"); got != lines {
				t.Errorf("%s: U+%04X makes %d lines of %d", place, r, got, lines)
			}
			if r != '\n' && r != '\t' && strings.ContainsRune(text, r) {
				t.Errorf("%s: U+%04X stands in the question as it is", place, r)
			}
			if !strings.Contains(text, "b") || strings.Contains(text, `"a"b`) {
				t.Errorf("%s: the quotes were left:\n%s", place, text)
			}
		}
	}
}

// TestTypedConsent checks what has to be typed before something is destroyed.
func TestTypedConsent(t *testing.T) {
	t.Parallel()
	target := func(id, name string) tool.Target { return tool.Target{Kind: "vm", ID: id, Name: name} }
	shared, altered := target("vm-123456", "web"), target("vm-123456", "web")
	shared.NameShared, altered.NameAltered = true, true
	long := strings.Repeat("x", 65)
	tests := []struct {
		name    string
		effects []tool.Effect
		targets []tool.Target
		typed   string
	}{
		{"no destruction", []tool.Effect{tool.Bill}, []tool.Target{target("vm-123456", "web")}, ""},
		{"destruction among others", []tool.Effect{tool.Change, tool.Destroy, tool.Bill}, []tool.Target{target("vm-123456", "web")}, "web"},
		{"plain name", nil, []tool.Target{target("vm-123456", "web")}, "web"},
		{"name with a space", nil, []tool.Target{target("vm-123456", "my web")}, "my web"},
		{"longest name", nil, []tool.Target{target("vm-123456", long[1:])}, long[1:]},
		{"too long", nil, []tool.Target{target("vm-123456", long)}, "123456"},
		{"empty", nil, []tool.Target{target("vm-123456", "")}, "123456"},
		{"only a space", nil, []tool.Target{target("vm-123456", " ")}, "123456"},
		{"space at an end", nil, []tool.Target{target("vm-123456", "web ")}, "123456"},
		{"two spaces", nil, []tool.Target{target("vm-123456", "my  web")}, "123456"},
		{"not ASCII", nil, []tool.Target{target("vm-123456", "wéb")}, "123456"},
		{"control character", nil, []tool.Target{target("vm-123456", "w\x1bb")}, "123456"},
		{"tab", nil, []tool.Target{target("vm-123456", "w\tb")}, "123456"},
		{"shared", nil, []tool.Target{shared}, "123456"},
		{"altered", nil, []tool.Target{altered}, "123456"},
		{"short ID", nil, []tool.Target{target("7", "")}, "7"},
		{"several", nil, []tool.Target{target("a", "web"), target("b", "web")}, "delete 2 VMs"},
		{"several of two kinds", nil, []tool.Target{target("a", "web"), {Kind: "ssh_key", ID: "k"}}, "delete 2 things"},
		{"nothing named", nil, nil, "delete 0 things"},
		{"no name and no ID", nil, []tool.Target{target("", "")}, "delete 1 VM"},
	}
	for _, test := range tests {
		if test.effects == nil {
			test.effects = []tool.Effect{tool.Destroy}
		}
		q := ask(t, tool.Plan{Effects: test.effects, Targets: test.targets})
		if q.Typed != test.typed {
			t.Errorf("%s: %q has to be typed, want %q", test.name, q.Typed, test.typed)
		}
		if test.typed != "" && (q.TypedLabel == "" || test.typed == "web" && strings.Contains(q.TypedLabel, "web")) {
			t.Errorf("%s: label %q", test.name, q.TypedLabel)
		}
	}
	if q := ask(t, tool.Plan{}); q.Typed == "" {
		t.Error("a plan without effects is not treated as the worst")
	}
}

// TestConsents checks every action with various typed texts.
func TestConsents(t *testing.T) {
	t.Parallel()
	actions := []guard.Action{guard.Accept, guard.Decline, guard.Cancel, "", "Accept", "ACCEPT", "yes", "accept "}
	tests := []struct {
		typed  string // what has to be typed
		given  string
		accept bool // whether that is a yes together with accept
	}{
		{"", "", true},
		{"", " \n", true},
		{"", "no", false},
		{"", "anything", false},
		{"web", "web", true},
		{"web", " web\n", true},
		{"web", "", false},
		{"web", "Web", false},
		{"web", "web1", false},
		{"web", `"web"`, false},
		{"web", "w\u200beb", false},
		{"web", "ｗｅｂ", false},
		{"delete 2 VMs", "delete 2 VMs", true},
		{"delete 2 VMs", "delete 3 VMs", false},
	}
	for _, test := range tests {
		for _, action := range actions {
			want := test.accept && action == guard.Accept
			if got := (guard.Question{Typed: test.typed}).Consents(guard.Answer{Action: action, Typed: test.given}); got != want {
				t.Errorf("%q typed for %q with %q: %v", test.given, test.typed, action, got)
			}
		}
	}
}
