package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"countersign/internal/cloud"
)

// deed is something that an agent can want: the call of a tool, and what has to
// leave for the cloud when it is carried out. It is written down here and not
// taken from the tools, so that the one proves the other.
type task struct {
	vendor    cloud.Vendor
	tool      string
	arguments map[string]any
	// needs says that a person has to approve it under the rules in force.
	needs bool
	// destroys says that the person has to type what is destroyed.
	destroys bool
	// method, path and body are what leaves; further members of the body are the
	// business of the tool.
	method, path string
	body         map[string]any
	// ids are what the cloud has to confirm before.
	ids []string
	// target is the machine that it acts on, empty where it makes one.
	target string
	// shows are texts that the person has to see.
	shows []string
	// equal is the same for calls that make the same thing, whatever its name.
	equal string
	// renamed gives what it makes another name; nil where it makes nothing.
	renamed func(name string) *task
	// makes says that there is one more of something when it is done, harms that
	// something is stopped, ended, or called otherwise.
	makes, harms bool
	// uses and until are the terms of a standing grant.
	uses  int
	until time.Time
}

// call is the same for equal calls.
func (d *task) call() string { return d.tool + " " + d.argumentsJSON() }

// wire are the arguments as JSON, their members in order.
func (d *task) argumentsJSON() string {
	raw, err := json.Marshal(d.arguments)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// fits reports whether a request is what the deed comes to.
func (d *task) fits(r outboundRequest) bool {
	if r.vendor != d.vendor || r.method != d.method || r.path != d.path {
		return false
	}
	fields := r.fields()
	for name, want := range d.body {
		if !equalJSON(fields[name], want) {
			return false
		}
	}
	return true
}

func equalJSON(got, want any) bool {
	a, errA := json.Marshal(got)
	b, errB := json.Marshal(want)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// with is a copy with other arguments. What leaves is the same, so that a call
// whose arguments no cloud confirms is noticed when it leaves all the same.
func (d *task) with(argument string, value any) *task {
	changed := *d
	changed.arguments = maps.Clone(d.arguments)
	changed.arguments[argument] = value
	return &changed
}

// simulatedMachine is a machine as its cloud has it.
type simulatedMachine struct {
	id, name, kind string
	// gpus are those that it holds, perHour and currency what it costs.
	gpus     int
	perHour  decimal.Decimal
	currency string
	// status is the vendor's word.
	status string
}

// pick draws one of several.
func pick[T any](s *simulation, of []T) T { return of[s.random.IntN(len(of))] }

// shownName is how a question shows a name.
func shownName(name string) string {
	shown, _ := cloud.Clean(name, 0)
	return strconv.Quote(shown)
}

// newName draws one of few names, so that some are equal.
func (s *simulation) newName() string { return fmt.Sprintf("new-%d", s.random.IntN(s.nameCount)) }

// anyDeed draws something that an agent can want, on any cloud. Now and then the
// agent lies.
func (s *simulation) anyTask() *task {
	d := pick(s, s.taskSources)(s)
	for s.mostlyCreates && !d.makes && !s.chance(6) {
		d = pick(s, s.taskSources)(s)
	}
	if s.chance(8) {
		if grant := s.grantTask(); grant != nil {
			return grant
		}
	}
	if s.chance(12) {
		return s.withWrongID(d)
	}
	return d
}

// lie is a call with an ID that the agent has made up, took of another account, or
// takes for a name.
func (s *simulation) withWrongID(d *task) *task {
	if d.target == "" {
		return d
	}
	wrong := []string{
		"00000000-0000-4000-8000-000000000000", "999999999", d.target[:len(d.target)-1] + "0", strings.ToUpper(d.target), d.target + " ",
	}
	for _, vendor := range slices.Sorted(maps.Keys(s.clouds)) {
		for _, m := range s.clouds[vendor].machines() {
			if vendor != d.vendor || m.id == d.target {
				wrong = append(wrong, m.name)
			}
			if vendor != d.vendor {
				wrong = append(wrong, m.id)
			}
		}
	}
	id := pick(s, wrong)
	if id == d.target {
		return d
	}
	for name, value := range d.arguments {
		if value == d.target {
			changed := d.with(name, id)
			changed.path, changed.ids, changed.target = strings.ReplaceAll(d.path, d.target, id), []string{id}, id
			s.tally.event("lies")
			return changed
		}
	}
	return d
}

// password is one of several that must never come out.
func password(n int) string { return planted("p" + strconv.Itoa(n)) }
