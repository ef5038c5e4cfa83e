package mcpserver

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestPayloads pins that an output replaces only its own mark, as a value and as text,
// once, and that it is not kept afterwards.
func TestPayloads(t *testing.T) {
	p := newPayloads()
	other := p.put([]byte(`{"of":"another message"}`))
	output := fmt.Sprintf(`{"name":"\"<%s>\" é","id":9007199254740993}`, other.mark)
	carrying := func(mine *payload) []byte {
		raw, err := json.Marshal(map[string]any{
			"jsonrpc": "2.0", "id": "structuredContent", "result": map[string]any{
				"content": []any{map[string]any{"type": "text", "text": mine.mark}}, "structuredContent": mine,
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	mine := p.put([]byte(output))
	raw := carrying(mine)
	var m message
	filled := p.fill(raw)
	if err := json.Unmarshal(filled, &m); err != nil {
		t.Fatalf("%v: %s", err, filled)
	}
	if string(m.Result.Structured) != output || len(m.Result.Content) != 1 || m.Result.Content[0].Text != output {
		t.Errorf("%s", filled)
	}
	if again := p.fill(raw); string(again) != string(raw) {
		t.Errorf("a payload was given twice: %s", again)
	}
	for _, foreign := range []string{"", "{}", other.mark, `"` + other.mark + `"`, `"` + newPayloads().put(nil).mark + `"`, `"` + p.prefix, `"` + p.prefix + `"`} {
		if got := p.fill([]byte(foreign)); string(got) != foreign {
			t.Errorf("%s became %s", foreign, got)
		}
	}
	if len(p.open) != 0 {
		t.Errorf("kept: %v", p.open)
	}
	if filled := p.fill(carrying(other)); !strings.Contains(string(filled), `"structuredContent":{"of":"another message"}`) {
		t.Errorf("the other: %s", filled)
	}
}
