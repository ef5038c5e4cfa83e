package tools

import (
	"fmt"
	"slices"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// noneTwice rejects a list with duplicates, because a person approves a number of
// things.
func noneTwice[ID ~string](field string, ids []ID) error {
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return tool.Errorf(tool.CodeInvalidArguments, "Name each once.", "%s names %s twice; nothing was sent.", field, id)
		}
	}
	return nil
}

// outcome is the result for one of several things.
type outcome[ID ~string] struct {
	id       ID
	accepted cloud.Accepted
	err      error
}

// severally calls act for one thing after the other and continues after a refusal.
// It stops when a response is lost: nothing more is sent until the outcome of that
// request is known.
func severally[ID ~string](ids []ID, act func(ID) (cloud.Accepted, error)) ([]outcome[ID], error) {
	var all []outcome[ID]
	for _, id := range ids {
		accepted, err := act(id)
		if cloud.IsAmbiguous(err) {
			return nil, err
		}
		all = append(all, outcome[ID]{id, accepted, err})
	}
	return all, nil
}

// deed has the words for an action on things of one kind.
type deed struct {
	kind string // "volume"
	verb string // "delete"
	past string // "deleted"
	on   cloud.AccountName
}

// made merges the outcomes. If all were refused it returns the first refusal; if
// some were, the result names each of them beside what was done.
func made[ID ~string](d deed, all []outcome[ID]) (tool.Made, error) {
	var out tool.Made
	var failures []string
	var first error
	for _, o := range all {
		if o.err != nil {
			e := tool.AsError(o.err)
			failures = append(failures, fmt.Sprintf("%s (%s)", o.id, refusal(e)))
			if first == nil {
				first = o.err
			}
			continue
		}
		out.IDs = append(out.IDs, tool.MadeID{Kind: d.kind, ID: string(o.id)})
		out.Jobs = append(out.Jobs, o.accepted.Jobs...)
	}
	if len(failures) == len(all) {
		return tool.Made{}, first
	}
	if len(failures) > 0 {
		out.Shortfall = fmt.Sprintf("Of %d, %s not %s: %s.", len(all), verbFor(len(failures)), d.past, strings.Join(failures, ", "))
	}
	out.Summary = fmt.Sprintf("%s: %s %s.", d.on, count(len(out.IDs), d.kind), d.past)
	if len(out.Jobs) > 0 {
		out.Summary = fmt.Sprintf("%s has begun to %s %s; wait_operation waits for it.", d.on, d.verb, count(len(out.IDs), d.kind))
		if len(all) > 1 {
			out.IDs = nil // the jobs will report which of them succeed
		}
	}
	return out, nil
}

func verbFor(n int) string {
	if n == 1 {
		return "1 was"
	}
	return fmt.Sprintf("%d were", n)
}

// refusal describes a failure without the vendor's text, which is in the log.
func refusal(e *tool.Error) string {
	if e.Status != 0 {
		return fmt.Sprintf("%s, HTTP %d", e.Code, e.Status)
	}
	return string(e.Code)
}
