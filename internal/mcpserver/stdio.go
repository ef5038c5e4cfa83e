package mcpserver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/server"
)

const (
	poolSize  = 100
	queueSize = 10000
	// maxLine is the longest message that is read.
	maxLine = 4 << 20
)

// ServeStdio serves one client over a pair of streams until the input ends or ctx is
// done. Then it waits for the calls that were read, for drain at most, so that a write
// that was sent to a cloud is finished and journaled.
func (s *Server) ServeStdio(ctx context.Context, in io.Reader, out io.Writer, drain time.Duration) error {
	ctx = withCaller(ctx, s.opts.Caller)
	pipe := newStdioPipe(s, in, out, drain)
	go pipe.pump(ctx)
	ctx = context.WithValue(ctx, pipeKey{}, pipe)

	stdio := server.NewStdioServer(s.mcp)
	stdio.SetErrorLogger(log.New(logWriter{s}, "", 0))
	server.WithWorkerPoolSize(poolSize)(stdio)
	server.WithQueueSize(queueSize)(stdio)
	ended := make(chan error, 1)
	// Calls outlive ctx: Listen returns at the end of the feed.
	go func() { ended <- stdio.Listen(context.WithoutCancel(ctx), pipe.reader, pipe) }()
	select {
	case err := <-ended:
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("serve stdio: %w", err)
		}
	case left := <-pipe.overdue: // Listen would wait forever for an output that nobody reads
		s.opts.Log.Warn().Int("calls", left).Msg("ended before all calls were answered")
	}
	return nil
}

// stdioPipe connects the streams of the process to mcp-go. It counts requests and
// responses, so that the end of input drops no calls, and it sees each response being
// written, so that results are recorded as delivered.
type stdioPipe struct {
	server *Server
	in     io.Reader
	drain  time.Duration
	reader *io.PipeReader
	feed   *io.PipeWriter
	// calls counts the requests that are not answered yet; once it is closed,
	// nothing more may begin.
	calls   *limit
	places  places
	broken  chan struct{} // closed when the output cannot be written any more
	overdue chan int      // how many calls were still open after the drain
	notes   notes

	mu   sync.Mutex // one message at a time: mcp-go writes questions without its own lock
	out  io.Writer
	once sync.Once
}

type pipeKey struct{}

// pipeOf returns the pipe that a call came through; nil over HTTP.
func pipeOf(ctx context.Context) *stdioPipe {
	p, _ := ctx.Value(pipeKey{}).(*stdioPipe)
	return p
}

func newStdioPipe(s *Server, in io.Reader, out io.Writer, drain time.Duration) *stdioPipe {
	p := &stdioPipe{server: s, in: in, out: out, drain: drain, calls: newLimit(math.MaxInt, math.MaxInt), broken: make(chan struct{}), overdue: make(chan int, 1)}
	p.reader, p.feed = io.Pipe()
	return p
}

// pump passes messages to mcp-go until the input ends, ctx is done or the output breaks.
// Then it waits for the calls under way and closes the feed.
func (p *stdioPipe) pump(ctx context.Context) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.read()
	}()
	select {
	case <-ended:
	case <-ctx.Done():
	case <-p.broken:
	}
	p.calls.close()
	p.server.goAway() // nobody can answer a question any more
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.drain)
	defer cancel()
	left := p.calls.wait(wait)
	_ = p.feed.Close()
	if left > 0 {
		p.overdue <- left
	}
}

// read passes messages on, one line each. A line that is too long, or a batch, is answered
// with an error and skipped.
func (p *stdioPipe) read() {
	lines := bufio.NewReaderSize(p.in, 64<<10)
	for {
		line, err := readLine(lines)
		switch {
		case errors.Is(err, errLineTooLong):
			p.refuse(fmt.Sprintf("the message is longer than %d bytes", maxLine))
			continue
		case isBatch(line):
			p.refuse(noBatches)
		case len(bytes.TrimSpace(line)) > 0 && p.admit(line):
			if _, writeErr := p.feed.Write(append(line, '\n')); writeErr != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// admit counts a request, and reports whether a message may be passed on: a call
// that began at the end could be cut off in the middle.
func (p *stdioPipe) admit(line []byte) bool {
	if !isRequest(line) {
		return !p.calls.isClosed()
	}
	leave, status := p.calls.enter("")
	if status != 0 {
		return false
	}
	p.places.hold(leave)
	return true
}

var errLineTooLong = errors.New("line too long")

// readLine reads a line and returns it without the newline. It skips a line that is too
// long and returns errLineTooLong.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		if len(line)+len(piece) > maxLine {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = r.ReadSlice('\n')
			}
			if err != nil {
				return nil, err
			}
			return nil, errLineTooLong
		}
		line = append(line, piece...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSuffix(line, []byte("\n")), err
		}
	}
}

// refuse answers a line that is no message of the protocol.
func (p *stdioPipe) refuse(why string) {
	_ = p.write(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":null,"error":{"code":%d,"message":%q}}`+"\n", codeInvalidRequest, why))
}

// Write implements io.Writer for mcp-go, which passes one message in each call.
func (p *stdioPipe) Write(message []byte) (int, error) {
	answered, operation := inspect(message)
	switch {
	case answered:
		defer p.places.answered()
	case isProgress(message):
		defer p.notes.written.Add(1)
	}
	err := p.server.deliver(context.Background(), p.server.opts.Caller, operation, func() error {
		return p.write(p.server.payloads.fill(p.server.correct(p.server.opts.Caller, message)))
	})
	if err != nil {
		return 0, err
	}
	return len(message), nil
}

func (p *stdioPipe) write(message []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.out.Write(message)
	if err != nil {
		p.once.Do(func() { close(p.broken) })
	}
	return err
}
