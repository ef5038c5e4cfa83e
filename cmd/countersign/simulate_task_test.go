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

// task is something that an agent can want: a tool call, and the request that it
// has to result in. It is written down here independently of the tools, so that it
// tests them.
type task struct {
	vendor    cloud.Vendor
	tool      string
	arguments map[string]any
	// needs reports that a person has to approve it under the standard rules.
	needs bool
	// destroys reports that the person has to type the name of the target.
	destroys bool
	// method, path and body are the expected request. The tool may add further
	// members to the body.
	method, path string
	body         map[string]any
	// ids have to be confirmed by the cloud before the request is sent.
	ids []string
	// target is the machine that it acts on; empty for a create.
	target string
	// shows are texts that the question to the person has to contain.
	shows []string
	// equal is the same for tasks that create the same thing, whatever its name.
	equal string
	// renamed returns the same task with another name; nil if it creates nothing.
	renamed func(name string) *task
	// makes reports that it creates something, harms that it stops, ends or
	// renames something.
	makes, harms bool
	// uses and until are the terms of a standing grant.
	uses  int
	until time.Time
}

// call returns a text that is the same for equal calls.
func (d *task) call() string { return d.tool + " " + d.argumentsJSON() }

// argumentsJSON returns the arguments as JSON with sorted members.
func (d *task) argumentsJSON() string {
	raw, err := json.Marshal(d.arguments)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// fits reports whether a request is the expected one.
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

// with returns a copy with another argument. The expected request stays the same,
// so that a request with unconfirmed arguments is noticed when it is sent.
func (d *task) with(argument string, value any) *task {
	changed := *d
	changed.arguments = maps.Clone(d.arguments)
	changed.arguments[argument] = value
	return &changed
}

// simulatedMachine is a machine as its cloud reports it.
type simulatedMachine struct {
	id, name, kind string
	// gpus is the number of GPUs that it holds; perHour and currency are its
	// price.
	gpus     int
	perHour  decimal.Decimal
	currency string
	// status is the vendor's status.
	status string
}

// pick returns a random element.
func pick[T any](s *simulation, of []T) T { return of[s.random.IntN(len(of))] }

// shownName returns a name as a question shows it.
func shownName(name string) string {
	shown, _ := cloud.Clean(name, 0)
	return strconv.Quote(shown)
}

// newName returns one of a few names, so that names repeat.
func (s *simulation) newName() string { return fmt.Sprintf("new-%d", s.random.IntN(s.nameCount)) }

// anyTask returns a random task on any cloud. Sometimes its ID is wrong.
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

// withWrongID returns the task with an ID that is made up, belongs to another
// account, or is a name.
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

// password returns one of several passwords that must never be disclosed.
func password(n int) string { return planted("p" + strconv.Itoa(n)) }
