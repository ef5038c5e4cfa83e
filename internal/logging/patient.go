package logging

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// patience is how long a line may take to be written before the program goes
// on without it.
const patience = 100 * time.Millisecond

// patient writes lines to a writer that may fail or hang. Clients are known
// that start a server and never read its stderr: once the pipe is full, every
// write to it waits for ever.
type patient struct {
	out io.Writer

	mu sync.Mutex
	// hanging is closed when the write that was given up comes back; nil when
	// none is under way.
	hanging chan struct{}
	lost    int
}

func newPatient(out io.Writer) *patient { return &patient{out: out} }

// Write implements io.Writer. It reports success whatever happens: there is
// nobody to tell.
func (p *patient) Write(line []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hanging != nil {
		select {
		case <-p.hanging:
			p.hanging = nil
		default:
			p.lost++
			return len(line), nil
		}
	}
	if lost := p.lost; lost > 0 {
		p.lost = 0
		if !p.try(lostLine(lost)) {
			p.lost = 1 // this line; the others are told of when the writer comes back
			return len(line), nil
		}
	}
	p.try(line)
	return len(line), nil
}

// try hands a line to the writer and waits for a while. It reports whether the
// writer came back; if not, the line is still with it.
func (p *patient) try(line []byte) bool {
	// The caller uses its buffer again as soon as Write returns.
	line = slices.Clone(line)
	done := make(chan struct{})
	go func() {
		defer close(done)
		// A log that cannot be written is nobody's failure.
		_, _ = p.out.Write(line)
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		p.hanging = done
		return false
	}
}

// lostLine says that lines are missing.
func lostLine(n int) []byte {
	var line bytes.Buffer
	logger := zerolog.New(&line).Hook(zerolog.HookFunc(stamp))
	logger.Warn().Int("lost", n).Msg("log lines were lost: nobody read them")
	return line.Bytes()
}
