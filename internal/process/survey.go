package process

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// Client is a process below which nobody's typing is a person's.
type Client struct {
	Ident
	// Group is what Group told of it while it ran; empty where that is not known.
	Group string
	// Earlier says that it began before the machine was last started, so that nothing
	// it started is left.
	Earlier bool
}

// Survey is how near a terminal is to clients, in words for a person.
type Survey struct {
	// Under says how the terminal is in the hands of a client; empty where it is not,
	// as far as the system shows.
	Under string
	// Loose says what cannot be told: who started the terminal, because its first
	// process was cut loose from its parent after a client had begun. A client can do
	// that, and so do some window managers and terminal multiplexers.
	Loose string
}

// SurveyTerminal looks at this process, at the terminal that it reads from, at who else
// is in that terminal and, on Linux, at who holds its other side. An error means that
// it cannot be told, and the caller has to take the careful side.
func SurveyTerminal(terminal *os.File, clients []Client) (Survey, error) {
	idents := make([]Ident, 0, len(clients))
	for _, c := range clients {
		idents = append(idents, c.Ident)
	}
	under, err := DescendsFrom(idents...)
	if err != nil {
		return Survey{}, err
	}
	if under {
		return Survey{Under: "this terminal runs under an MCP client"}, nil
	}
	return surveyTerminal(terminal, clients, idents)
}

// above returns a process and those above it, itself first. It ends where parents
// are not to be seen.
func above(pid int) ([]entry, error) {
	at, err := lookup(pid)
	if err != nil {
		return nil, err
	}
	chain := []entry{at}
	for range maxSteps {
		if at.PID <= rootPID || at.parent <= 0 {
			return chain, nil
		}
		up, ok, err := parentOf(at)
		if err != nil {
			return nil, err
		}
		if !ok {
			return chain, nil
		}
		chain, at = append(chain, up), up
	}
	return nil, errors.New("the parents never end")
}

// chainOf is above, again where a parent ended meanwhile.
func chainOf(pid int) ([]entry, error) {
	var chain []entry
	var err error
	for range maxWalks {
		chain, err = above(pid)
		if err == nil || !errors.Is(err, errGone) {
			break
		}
		if _, gone := lookup(pid); errors.Is(gone, errGone) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("trace parents of process %d: %w", pid, err)
	}
	return chain, nil
}

// holdsOne reports whether one of the processes is in a chain.
func holdsOne(chain []entry, of []Ident) bool {
	return slices.ContainsFunc(chain, func(e entry) bool { return slices.Contains(of, e.Ident) })
}
