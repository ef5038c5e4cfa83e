package tool_test

import (
	"encoding/json"
	"testing"

	"countersign/internal/tool"
)

// TestEffectsAreOrdered pins the order and the words, in and out of JSON.
func TestEffectsAreOrdered(t *testing.T) {
	t.Parallel()
	words := []string{"read", "change", "disrupt", "bill", "destroy"}
	effects := tool.Effects()
	if len(effects) != len(words) {
		t.Fatalf("%d effects", len(effects))
	}
	for i, e := range effects {
		if e.String() != words[i] || i > 0 && effects[i-1] >= e {
			t.Errorf("effect %d is %s", i, e)
		}
		raw, err := json.Marshal(e)
		if err != nil || string(raw) != `"`+words[i]+`"` {
			t.Errorf("%s as JSON: %s %v", e, raw, err)
		}
		var back tool.Effect
		if err := json.Unmarshal(raw, &back); err != nil || back != e {
			t.Errorf("%s back from JSON: %s %v", e, back, err)
		}
	}
}

// TestUnknownEffect pins that an unknown word is an error and never Read.
func TestUnknownEffect(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"", "Read", "DESTROY", "none", "effect(0)", "0", "read "} {
		e := tool.Destroy
		if err := e.UnmarshalText([]byte(word)); err == nil || e != tool.Destroy {
			t.Errorf("%q is %s, %v", word, e, err)
		}
	}
	if got := tool.Effect(7).String(); got != "effect(7)" {
		t.Errorf("an unknown effect is called %q", got)
	}
}

// TestHighest pins that the worst of several effects decides, and that no effect counts
// as the worst of all.
func TestHighest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		effects []tool.Effect
		want    tool.Effect
	}{
		{"none", nil, tool.Destroy},
		{"an empty list", []tool.Effect{}, tool.Destroy},
		{"one", []tool.Effect{tool.Read}, tool.Read},
		{"several", []tool.Effect{tool.Change, tool.Bill, tool.Disrupt}, tool.Bill},
		{"the same twice", []tool.Effect{tool.Disrupt, tool.Disrupt}, tool.Disrupt},
		{"an unknown one below", []tool.Effect{tool.Destroy, -1}, -1},
		{"an unknown one above", []tool.Effect{9, tool.Destroy}, 9},
	}
	for _, test := range tests {
		if got := tool.Highest(test.effects); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
