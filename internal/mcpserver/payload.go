package mcpserver

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
)

// payloads carry the outputs of calls past mcp-go, which checks and copies a result three
// times and takes longer for that than all other work on a call. The library gets a mark
// in place of the output, and the mark is replaced when the message is written.
type payloads struct {
	// prefix is the beginning of every mark. It is random, so no text from elsewhere is
	// mistaken for a mark.
	prefix string
	last   atomic.Uint64

	mu sync.Mutex
	// open are the outputs of messages that are about to be written, by mark.
	open map[string][]byte
}

func newPayloads() *payloads {
	return &payloads{prefix: "countersign/payload " + rand.Text() + " ", open: map[string][]byte{}}
}

// payload is an output whose mark is in a result.
type payload struct {
	all    *payloads
	mark   string
	output []byte
}

func (p *payloads) put(output []byte) *payload {
	return &payload{all: p, mark: fmt.Sprint(p.prefix, p.last.Add(1)), output: output}
}

// MarshalJSON implements json.Marshaler. mcp-go calls it right before it writes the
// message, so nothing is kept for a result that it drops.
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

// structured precedes the mark that is replaced by the output itself. All other marks
// are replaced by the output as text.
const structured = `"structuredContent":`

// fill replaces the marks in a message by the output of the call.
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
		return message // cannot happen for a string
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
