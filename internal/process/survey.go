package process

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// Client is the process of a client. Input in a terminal below it does not count as a
// person's.
type Client struct {
	Ident
	// Group is the result of Group while it ran; empty if unknown.
	Group string
	// Earlier reports that it started before the last boot, so that none of its
	// descendants is left.
	Earlier bool
}

// Survey describes, in words for a person, how a terminal is related to clients.
type Survey struct {
	// Under says how a client controls the terminal; empty if none does, as far as the
	// system shows.
	Under string
	// Loose says why it is unknown who started the terminal: its first process was
	// detached from its parent after a client had started. A client can do that, and so
	// do some window managers and terminal multiplexers.
	Loose string
}

// SurveyTerminal examines this process, the terminal that it reads from, the other
// processes in that terminal and, on Linux, the processes that hold its other side. An
// error means that the answer is unknown, and the caller has to assume the unsafe case.
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

// above returns a process and its ancestors, itself first, as far as they are visible.
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

// chainOf returns the result of above, and repeats it if a parent ended meanwhile.
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
