package prompts

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/cloud"
	"countersign/internal/prompt"
	"countersign/internal/tool"
)

// maxValues is the protocol limit on the values of a completion.
const maxValues = 100

// Env is what the prompts need from the program.
type Env struct {
	Accounts   cloud.Accounts
	Operations tool.Operations
	// Tools are the served tools. A prompt that needs another tool is left out.
	Tools []*tool.Definition
	Log   zerolog.Logger
	Now   func() time.Time
}

// Set has the prompts that are useful with the served tools.
type Set struct {
	env    Env
	served []prompt.Prompt
	memory memory
}

// New returns the set. It uses no network.
func New(env Env) (*Set, error) {
	all, err := All()
	if err != nil {
		return nil, err
	}
	s := &Set{env: env}
	for _, p := range all {
		if s.serves(p.Tools()) {
			s.served = append(s.served, p)
		}
	}
	return s, nil
}

func (s *Set) serves(names []string) bool {
	for _, name := range names {
		if tool.Find(s.env.Tools, name) == nil {
			return false
		}
	}
	return true
}

// List returns the prompts in the order of their names.
func (s *Set) List() []prompt.Prompt { return s.served }

func (s *Set) find(name string) (prompt.Prompt, error) {
	var names []string
	for _, p := range s.served {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return prompt.Prompt{}, invalid("There is no prompt %s; there are: %s.", quote(name), strings.Join(names, ", "))
}

// Complete completes an argument with live exact IDs: first those that begin with
// the typed text, then those of things whose name contains it.
func (s *Set) Complete(ctx context.Context, q prompt.Query) (prompt.Completion, error) {
	p, err := s.find(q.Prompt)
	if err != nil {
		return prompt.Completion{}, err
	}
	argument, ok := p.Argument(q.Argument)
	if !ok {
		return prompt.Completion{}, unknownArgument(p, q.Argument)
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	got := s.read(ctx, argument.Complete, chosenAccount(p, argument, q.Given), s.readRecent)
	matches := matching(got.values, q.Typed)
	out := prompt.Completion{Values: matches[:min(len(matches), maxValues)], More: len(matches) > maxValues || !got.whole}
	if got.whole {
		out.Total = len(matches)
	}
	return out, nil
}

// chosenAccount returns the account that the user has already filled in, if the
// argument depends on it.
func chosenAccount(p prompt.Prompt, completed prompt.Argument, given map[string]string) string {
	for _, a := range p.Arguments {
		if a.Complete == prompt.Account && a.Name != completed.Name {
			return strings.TrimSpace(given[a.Name])
		}
	}
	return ""
}

// matching returns the values that match the typed text, each ID once.
func matching(values []prompt.Value, typed string) []prompt.Value {
	typed = strings.TrimSpace(typed)
	var byID, byName []prompt.Value
	seen := map[string]bool{}
	for _, value := range values {
		switch {
		case seen[value.ID]:
			continue
		case strings.HasPrefix(value.ID, typed):
			byID = append(byID, value)
		case strings.Contains(strings.ToLower(value.Name), strings.ToLower(typed)):
			byName = append(byName, value)
		default:
			continue
		}
		seen[value.ID] = true
	}
	return append(byID, byName...)
}

func invalid(format string, args ...any) error {
	return tool.Errorf(tool.CodeInvalidArguments, "", format, args...)
}

func unknownArgument(p prompt.Prompt, name string) error {
	if len(p.Arguments) == 0 {
		return invalid("Prompt %s has no argument %s; it has none at all.", p.Name, quote(name))
	}
	var names []string
	for _, a := range p.Arguments {
		names = append(names, a.Name)
	}
	return invalid("Prompt %s has no argument %s; it has: %s.", p.Name, quote(name), strings.Join(names, ", "))
}

// quote makes text from outside safe for a sentence of ours: one line of visible
// characters, shortened if long, in quotation marks that it cannot close.
func quote(text string) string { return strconv.Quote(cloud.CleanText(text)) }
