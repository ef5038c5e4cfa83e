package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"countersign/internal/tool"
)

// argument is the part of a property of the input schema that a person at a
// terminal needs.
type argument struct {
	Type        string              `json:"type"`
	Description string              `json:"description"`
	Enum        []string            `json:"enum"`
	Properties  map[string]argument `json:"properties"`
	Required    []string            `json:"required"`
	Items       *argument           `json:"items"`
}

// showTool prints what a tool does and which arguments it has.
func showTool(out io.Writer, d *tool.Definition) error {
	var input argument
	if err := json.Unmarshal(d.Input.JSON(), &input); err != nil {
		return fmt.Errorf("read the schema of %s: %w", d.Name, err)
	}
	_, _ = fmt.Fprintf(out, "%s: %s\n\n%s\n\n%-10s %s\n%-10s %s at the most\n\nArguments (* required):\n", d.Name, d.Title, d.Description, "toolset", d.Toolset, "effect", d.Effect)
	if len(input.Properties) == 0 {
		_, _ = fmt.Fprintln(out, "  none")
	}
	showArguments(out, "", input)
	return nil
}

// showArguments prints the arguments of one object, required ones first, and nested
// ones in the notation of the command line.
func showArguments(out io.Writer, prefix string, of argument) {
	for _, name := range inOrder(of) {
		a := of.Properties[name]
		mark := " "
		if slices.Contains(of.Required, name) {
			mark = "*"
		}
		_, _ = fmt.Fprintf(out, "%s %-34s %-8s %s\n", mark, prefix+name, typeWord(a), strings.TrimSpace(a.Description+oneOf(a)))
		showArguments(out, prefix+name+".", a)
	}
}

func inOrder(of argument) []string {
	var names []string
	for name := range of.Properties {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		first, second := slices.Contains(of.Required, a), slices.Contains(of.Required, b)
		switch {
		case first && !second:
			return -1
		case second && !first:
			return 1
		}
		return strings.Compare(a, b)
	})
	return names
}

func typeWord(a argument) string {
	if a.Type == "array" && a.Items != nil {
		return a.Items.Type + "[]"
	}
	return a.Type
}

func oneOf(a argument) string {
	if a.Items != nil {
		a = *a.Items
	}
	if len(a.Enum) == 0 {
		return ""
	}
	return " One of " + strings.Join(a.Enum, ", ") + "."
}
