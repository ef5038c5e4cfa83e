package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/txtar"

	"countersign/internal/cloud"
	"countersign/internal/pricebook"
	"countersign/internal/tool"
	"countersign/internal/yamldoc"
)

// Case is a call, described without a cloud, with the expected outcome.
type Case struct {
	Name string
	Call Call
	Want Outcome
	// Rule is a part of the name of the rule that should decide; empty for any.
	Rule string
}

// Cases are a table of cases, with the policy in it.
type Cases struct {
	All []Case
	// Policy is nil where the table has none.
	Policy *File
}

// policyMember is the file of a table that holds its policy.
const policyMember = "policy.yaml"

// ReadCases reads a table in txtar format: each file in it is a case, named by its marker.
// nounOf returns the noun of a tool.
func ReadCases(path string, nounOf func(tool string) string) (Cases, error) {
	raw, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return Cases{}, fmt.Errorf("read cases: %w", err)
	}
	archive := txtar.Parse(raw)
	line := bytes.Count(archive.Comment, []byte("\n"))
	var cases Cases
	for _, member := range archive.Files {
		// Line breaks in front make errors name the line in the whole file.
		line++
		if len(bytes.TrimSpace(member.Data)) == 0 {
			return Cases{}, fmt.Errorf("%s:%d:1: %q has nothing in it", path, line, member.Name)
		}
		root, err := yamldoc.Parse(path, append(bytes.Repeat([]byte("\n"), line), member.Data...))
		line += bytes.Count(member.Data, []byte("\n"))
		if err != nil {
			return Cases{}, err
		}
		if member.Name == policyMember {
			if cases.Policy, err = read(root); err != nil {
				return Cases{}, err
			}
			continue
		}
		c, err := readCase(root, nounOf)
		if err != nil {
			return Cases{}, err
		}
		c.Name = member.Name
		cases.All = append(cases.All, c)
	}
	if len(cases.All) == 0 {
		return Cases{}, fmt.Errorf("%s: there is no case in it: each begins with a line such as -- dev machines may be stopped --", path)
	}
	return cases, nil
}

// Run returns the verdict on the case's call, and whether it is the expected one.
func (c Case) Run(r *Rules) (Verdict, bool) {
	v := r.Decide(c.Call)
	return v, v.Outcome == c.Want && strings.Contains(v.Rule, c.Rule)
}

// noon returns the default time of a case: noon on a Monday.
func noon() time.Time { return time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC) }

func readCase(root yamldoc.Node, nounOf func(string) string) (Case, error) {
	fields, err := root.Fields("case",
		"tool", "noun", "action", "final", "account", "effect", "targets", "makes", "makes_tags", "changes", "location", "offer", "cost", "principal", "at", "want", "rule")
	if err != nil {
		return Case{}, err
	}
	for _, key := range []string{"tool", "account", "effect", "want"} {
		if _, there := fields[key]; !there {
			return Case{}, root.Errorf("case: the key %s is missing", key)
		}
	}
	c := Case{Call: Call{Principal: "local", At: noon()}}
	plan := &c.Call.Plan
	var account string
	for _, key := range []struct {
		name string
		into *string
	}{
		{"tool", &c.Call.Tool}, {"noun", &c.Call.Noun}, {"action", &plan.Action}, {"account", &account},
		{"location", &plan.Location}, {"offer", &plan.Offer}, {"principal", &c.Call.Principal}, {"rule", &c.Rule},
	} {
		if n, there := fields[key.name]; there {
			if *key.into, err = n.Text(key.name); err != nil {
				return Case{}, err
			}
		}
	}
	plan.Account = cloud.AccountName(account)
	if c.Call.Noun == "" {
		c.Call.Noun = nounOf(c.Call.Tool)
	}
	want, err := oneOf(fields["want"], "want", words(outcomes()))
	if err != nil {
		return Case{}, err
	}
	c.Want = Outcome(want)
	return c, c.readPlan(fields)
}

func (c *Case) readPlan(fields map[string]yamldoc.Node) error {
	var w when
	if err := w.readEffects(fields); err != nil {
		return err
	}
	plan := &c.Call.Plan
	plan.Effects, plan.Final = w.effects, w.final
	var err error
	if plan.MadeTags, err = texts(fields, "makes_tags"); err != nil {
		return err
	}
	if plan.MadeNames, err = texts(fields, "makes"); err != nil {
		return err
	}
	if n, there := fields["at"]; there {
		text, err := n.Text("at")
		if err != nil {
			return err
		}
		if c.Call.At, err = time.Parse(time.RFC3339, text); err != nil {
			return n.Errorf("at: expected a time such as 2026-01-05T12:00:00Z, got %q", text)
		}
	}
	if err := c.readCost(fields); err != nil {
		return err
	}
	if n, there := fields["targets"]; there {
		if plan.Targets, err = readList(n, "targets", c.readTarget); err != nil {
			return err
		}
	}
	if n, there := fields["changes"]; there {
		plan.Changes, err = readList(n, "changes", readChange)
	}
	return err
}

// readCost reads what the call adds per hour.
func (c *Case) readCost(fields map[string]yamldoc.Node) error {
	n, there := fields["cost"]
	if !there {
		if slices.Contains(c.Call.Plan.Effects, tool.Bill) {
			return fields["effect"].Errorf("case: a call with the effect bill needs the key cost: what it adds per hour, or unknown")
		}
		return nil
	}
	text, err := n.Text("cost")
	if err != nil {
		return err
	}
	if text == "unknown" {
		c.Call.Plan.Cost = &tool.Cost{After: cloud.UnknownPrice("the case says so")}
		return nil
	}
	money, err := pricebook.ReadMoney("cost", n)
	if err == nil {
		c.Call.Plan.Cost = &tool.Cost{After: cloud.HourlyPrice(money, "the case")}
	}
	return err
}

func readList[T any](n yamldoc.Node, what string, one func(yamldoc.Node) (T, error)) ([]T, error) {
	items, err := n.Items(what)
	if err != nil {
		return nil, err
	}
	var all []T
	for _, item := range items {
		read, err := one(item)
		if err != nil {
			return nil, err
		}
		all = append(all, read)
	}
	return all, nil
}

func (c *Case) readTarget(n yamldoc.Node) (tool.Target, error) {
	t := tool.Target{Kind: c.Call.Noun}
	fields, err := n.Fields("target", "kind", "id", "name", "former", "tags", "location", "offer")
	if err != nil {
		return t, err
	}
	for _, key := range []struct {
		name string
		into *string
	}{{"kind", &t.Kind}, {"id", &t.ID}, {"name", &t.Name}, {"location", &t.Location}, {"offer", &t.Offer}} {
		if value, there := fields[key.name]; there {
			if *key.into, err = value.Text(key.name); err != nil {
				return t, err
			}
		}
	}
	if t.FormerNames, err = texts(fields, "former"); err != nil {
		return t, err
	}
	t.Tags, err = texts(fields, "tags")
	return t, err
}

// readChange reads a field before and after. Tags are lists, encoded as in plans.
func readChange(n yamldoc.Node) (tool.FieldChange, error) {
	var c tool.FieldChange
	fields, err := n.Fields("change", "field", "from", "to")
	if err != nil {
		return c, err
	}
	field, there := fields["field"]
	if !there {
		return c, n.Errorf("change: the key field is missing")
	}
	if c.Field, err = field.Text("field"); err != nil {
		return c, err
	}
	for _, side := range []struct {
		name string
		into *string
	}{{"from", &c.Before}, {"to", &c.After}} {
		all, err := texts(fields, side.name)
		if err != nil {
			return c, err
		}
		switch {
		case c.Field == "tags":
			raw, err := json.Marshal(append([]string{}, all...))
			if err != nil {
				return c, err
			}
			*side.into = string(raw)
		case len(all) > 1:
			return c, fields[side.name].Errorf("%s: only tags are a list", side.name)
		case len(all) == 1:
			*side.into = all[0]
		}
	}
	return c, nil
}
