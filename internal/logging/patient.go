package logging

import (
	"bytes"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// patience is how long the program waits for a line to be written.
const patience = 100 * time.Millisecond

// patient writes lines to a writer that may fail or block. Some clients start a server
// and never read its stderr: once the pipe is full, every write to it blocks forever.
type patient struct {
	out io.Writer

	mu sync.Mutex
	// hanging is closed when the write that was given up returns; nil if there is none.
	hanging chan struct{}
	lost    int
}

func newPatient(out io.Writer) *patient { return &patient{out: out} }

// Write implements io.Writer. It always reports success, because nobody could handle an
// error.
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
			p.lost = 1 // this line; the others are reported when the writer returns
			return len(line), nil
		}
	}
	p.try(line)
	return len(line), nil
}

// try passes a line to the writer and waits for patience. It reports whether the write
// returned; if not, it is still in progress.
func (p *patient) try(line []byte) bool {
	// The caller reuses its buffer as soon as Write returns.
	line = slices.Clone(line)
	done := make(chan struct{})
	go func() {
		defer close(done)
		// A log that cannot be written is not an error of the program.
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

// lostLine returns a line that says how many lines are missing.
func lostLine(n int) []byte {
	var line bytes.Buffer
	logger := zerolog.New(&line).Hook(zerolog.HookFunc(stamp))
	logger.Warn().Int("lost", n).Msg("log lines were lost: nobody read them")
	return line.Bytes()
}
