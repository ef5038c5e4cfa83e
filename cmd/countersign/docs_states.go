package main

import (
	"fmt"
	"slices"
	"strings"

	"countersign/internal/store"
)

// statesTable returns the table of the states of operations, with the states that
// can follow.
func statesTable() string {
	var b strings.Builder
	b.WriteString("| state | meaning | what may follow |\n| --- | --- | --- |\n")
	for _, m := range store.Meanings() {
		var next []string
		for _, t := range store.Transitions() {
			if t.From == m.State && t.To != m.State {
				next = append(next, string(t.To))
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m.State, m.Text, strings.Join(next, ", "))
	}
	return b.String()
}

// stepsDrawing returns the tree of all transitions between states. What follows a
// state is drawn at its first occurrence.
func stepsDrawing() string {
	var b strings.Builder
	b.WriteString("    a call\n")
	drawn := map[store.State]bool{}
	drawSteps(&b, "", "", drawn)
	return b.String()
}

func drawSteps(b *strings.Builder, from store.State, indent string, drawn map[store.State]bool) {
	steps := slices.DeleteFunc(store.Transitions(), func(t store.Transition) bool { return t.From != from || t.To == from })
	for i, t := range steps {
		line, below := "|- ", "|  "
		if i == len(steps)-1 {
			below = "   "
		}
		again := ""
		if drawn[t.To] && t.To.Open() {
			again = " (as above)"
		}
		fmt.Fprintf(b, "    %s%s%s: %s%s\n", indent, line, t.To, t.When, again)
		if !drawn[t.To] {
			drawn[t.To] = true
			drawSteps(b, t.To, indent+below, drawn)
		}
	}
}
