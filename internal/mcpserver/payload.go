package mcpserver

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
)

// payloads carry the outputs of calls past mcp-go, which checks and copies a
// result three times on its way and takes longer for it than all that we do. The
// library is given a mark in place of an output, which takes the place of the
// mark when the message is written.
type payloads struct {
	// prefix begins every mark. Nobody else can know it, so nothing that somebody
	// has written is taken for a mark.
	prefix string
	last   atomic.Uint64

	mu sync.Mutex
	// open are those of messages that are about to be written.
	open map[string][]byte
}

func newPayloads() *payloads {
	return &payloads{prefix: "countersign/payload " + rand.Text() + " ", open: map[string][]byte{}}
}

// payload is an output that stands in a result by its mark.
type payload struct {
	all    *payloads
	mark   string
	output []byte
}

func (p *payloads) put(output []byte) *payload {
	return &payload{all: p, mark: fmt.Sprint(p.prefix, p.last.Add(1)), output: output}
}

// MarshalJSON implements json.Marshaler. mcp-go calls it right before it writes
// the message; of a result that it drops nothing is kept.
func (p *payload) MarshalJSON() ([]byte, error) {
	p.all.mu.Lock()
	defer p.all.mu.Unlock()
	p.all.open[p.mark] = p.output
	return []byte(`"` + p.mark + `"`), nil
}

func (p *payloads) take(mark string) ([]byte, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	output, ok := p.open[mark]
	delete(p.open, mark)
	return output, ok
}

// structured stands before the mark that is the output itself; everywhere else it
// is the output as text.
const structured = `"structuredContent":`

// fill puts the output of a call into the message that carries it.
func (p *payloads) fill(message []byte) []byte {
	_, rest, found := bytes.Cut(message, []byte(`"`+p.prefix))
	number, _, ended := bytes.Cut(rest, []byte(`"`))
	if !found || !ended {
		return message
	}
	mark := p.prefix + string(number)
	output, ok := p.take(mark)
	if !ok {
		return message
	}
	text, err := json.Marshal(string(output))
	if err != nil {
		return message // a string always can be
	}
	filled := make([]byte, 0, len(message)+len(output)+len(text))
	for {
		before, after, found := bytes.Cut(message, []byte(`"`+mark+`"`))
		filled = append(filled, before...)
		switch {
		case !found:
			return filled
		case bytes.HasSuffix(before, []byte(structured)):
			filled = append(filled, output...)
		default:
			filled = append(filled, text...)
		}
		message = after
	}
}
