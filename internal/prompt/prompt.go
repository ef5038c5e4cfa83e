// Package prompt defines a prompt: a text with which a user starts an agent, its
// arguments, and the sources of their completions. It must never know a cloud, a tool's
// work or MCP.
package prompt

import "strings"

// Prompt is one prompt, as its file has it.
type Prompt struct {
	Name        string
	Title       string
	Description string
	Arguments   []Argument
	// Text has the name of an argument in two pairs of braces in its place, and the
	// names of tools in backticks.
	Text string
}

// Argument is one argument of a prompt.
type Argument struct {
	Name        string
	Description string
	// Complete is the kind of live resource that completes it.
	Complete Source
	Required bool
	// Otherwise replaces an optional argument that is not given.
	Otherwise string
}

// Source is a kind of live resource whose exact IDs complete an argument.
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

// Placeholder returns the placeholder of an argument in a text.
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

// Tools returns the names of the tools in the text, each once: everything in backticks.
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
	// Given are the arguments that have a value already.
	Given map[string]string
}

// Completion has the possible values of an argument.
type Completion struct {
	Values []Value
	// Total is the number of all values; 0 where that is not known.
	Total int
	// More says that there are, or may be, further values.
	More bool
}

// Value is an exact ID with the name of its resource. A name is text of the resource's
// owner: data, never an instruction.
type Value struct {
	ID      string
	Name    string
	Account string
}
