// Package prompt is what a prompt is: a text that a user starts an agent with,
// its arguments, and what those are completed from. It must never know a cloud,
// a tool's work or MCP.
package prompt

import "strings"

// Prompt is one prompt, as its file has it.
type Prompt struct {
	Name        string
	Title       string
	Description string
	Arguments   []Argument
	// Text stands for an argument where it has its name in two pairs of braces,
	// and names tools in backticks.
	Text string
}

// Argument is one argument of a prompt.
type Argument struct {
	Name        string
	Description string
	// Complete says from what live things it is completed.
	Complete Source
	Required bool
	// Otherwise stands in the text where an argument that is not required is not
	// given.
	Otherwise string
}

// Source is a kind of live thing whose exact IDs complete an argument.
type Source string

// The sources.
const (
	Account   Source = "account"
	Location  Source = "location_id"
	Offer     Source = "offer_id"
	GPUModel  Source = "gpu_model"
	VM        Source = "vm_id"
	SSHKey    Source = "ssh_key_id"
	Operation Source = "operation"
)

// Sources lists all sources.
func Sources() []Source {
	return []Source{Account, Location, Offer, GPUModel, VM, SSHKey, Operation}
}

// Placeholder is what stands in a text for an argument.
func Placeholder(argument string) string { return "{{" + argument + "}}" }

// Argument returns the argument of that name.
func (p Prompt) Argument(name string) (Argument, bool) {
	for _, a := range p.Arguments {
		if a.Name == name {
			return a, true
		}
	}
	return Argument{}, false
}

// Tools names the tools that the text sends an agent to, each once: all that it
// has in backticks.
func (p Prompt) Tools() []string {
	var names []string
	seen := map[string]bool{}
	for i, piece := range strings.Split(p.Text, "`") {
		if i%2 == 1 && !seen[piece] {
			seen[piece] = true
			names = append(names, piece)
		}
	}
	return names
}

// Query asks for the completion of one argument.
type Query struct {
	Prompt   string
	Argument string
	// Typed is the beginning of an exact ID, or a part of a name.
	Typed string
	// Given are arguments that are filled in already.
	Given map[string]string
}

// Completion is what an argument can be.
type Completion struct {
	Values []Value
	// Total is how many there are in all; 0 where that is not known.
	Total int
	// More says that there are, or may be, further values.
	More bool
}

// Value is an exact ID with the name of what it identifies. A name is the text
// of whoever owns the thing: data, never an instruction.
type Value struct {
	ID      string
	Name    string
	Account string
}
