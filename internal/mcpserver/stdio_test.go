package mcpserver_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"countersign/internal/guard"
	"countersign/internal/mcpserver"
	"countersign/internal/tool"
)

type workInput struct {
	Name string `json:"name,omitempty" jsonschema_description:"What to work on."`
}

type workOutput struct {
	Done bool `json:"done" jsonschema_description:"Whether it is done."`
}

// serving starts a server with one tool over the given streams.
func serving(ctx context.Context, t *testing.T, work func(context.Context), in io.Reader, out io.Writer, drain time.Duration) <-chan error {
	t.Helper()
	ignored := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignored) })
	definition := tool.NewRead(tool.Spec{Name: "work", Title: "Work", Description: "Work."},
		func(ctx context.Context, _ workInput) (workOutput, error) { work(ctx); return workOutput{true}, nil })
	g := guard.New(guard.Options{})
	g.Use(definition)
	s := mcpserver.New(mcpserver.Options{
		Tools: []*tool.Definition{definition}, Caller: &mcpserver.Caller{Principal: "local", Guard: g}, Log: zerolog.Nop(), Slog: slog.New(slog.DiscardHandler),
	})
	ended := make(chan error, 1)
	go func() { ended <- s.ServeStdio(ctx, in, out, drain) }()
	return ended
}

func call(id int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"work","arguments":{}}}`, id) + "\n"
}

func wantEnd(t *testing.T, ended <-chan error) {
	t.Helper()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the server does not end")
	}
}

// blocked is an output whose writes block until it is closed.
type blocked chan struct{}

func (b blocked) Write([]byte) (int, error) {
	<-b
	return 0, io.ErrClosedPipe
}

func TestEndsThoughNobodyReads(t *testing.T) {
	out := make(blocked)
	ended := serving(t.Context(), t, func(context.Context) {}, strings.NewReader(call(1)), out, 10*time.Millisecond)
	wantEnd(t, ended)
	close(out)
}

func TestNothingBeginsWhenTheServerEnds(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	in, lines := io.Pipe()
	var begun atomic.Int32
	gone, release := make(chan struct{}), make(chan struct{})
	ended := serving(ctx, t, func(ctx context.Context) {
		if begun.Add(1) > 1 {
			return
		}
		end()
		<-tool.Hurry(ctx)
		close(gone)
		<-release
	}, in, io.Discard, time.Minute)

	_, _ = io.WriteString(lines, call(1))
	<-gone
	_, _ = io.WriteString(lines, call(2))
	_, _ = io.WriteString(lines, "\n") // read only when the line before has been dealt with
	close(release)
	wantEnd(t, ended)
	_ = lines.Close() // what still reads sees the end
	if begun.Load() != 1 {
		t.Errorf("%d calls began, want the one that was read before the end", begun.Load())
	}
}
