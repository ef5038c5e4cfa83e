package main

import (
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/help"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// TestGeneratedIsFresh checks that the generated parts of README and manual are
// current.
func TestGeneratedIsFresh(t *testing.T) {
	for _, file := range generatedFiles() {
		if err := writeGenerated(t.Context(), filepath.Join("..", ".."), file, true); err != nil {
			t.Error(err)
		}
	}
}

// TestManualDrawsEveryStep checks that the drawing has every state and every
// transition, and that its markers are not shown.
func TestManualDrawsEveryStep(t *testing.T) {
	text, err := help.Topic("operations")
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for _, step := range store.Transitions() {
		if step.From == step.To {
			continue
		}
		steps++
		if !strings.Contains(text, "|- "+string(step.To)+": "+step.When) {
			t.Errorf("the step from %q to %s is not drawn", step.From, step.To)
		}
	}
	if drawn := strings.Count(text, "|- "); drawn != steps {
		t.Errorf("%d steps are drawn, there are %d", drawn, steps)
	}
	if strings.Contains(text, "<!--") {
		t.Error("a mark is shown")
	}
	var agents []string
	for _, state := range (tool.OperationState("")).SchemaEnum() {
		agents = append(agents, state)
		if !strings.Contains(text, "| "+state+" |") {
			t.Errorf("%s is not in the table", state)
		}
	}
	if len(agents) != len(store.States()) {
		t.Errorf("agents know %d states, the store %d", len(agents), len(store.States()))
	}
}
