package mcpserver

import (
	"bytes"
	"context"
	"log/slog"
)

// quieter is the log handler for mcp-go. It lowers info to debug: mcp-go logs every
// message and call at info, and calls have a line of their own here.
type quieter struct{ slog.Handler }

func quiet(l *slog.Logger) *slog.Logger { return slog.New(quieter{l.Handler()}) }

func lower(l slog.Level) slog.Level {
	if l == slog.LevelInfo {
		return slog.LevelDebug
	}
	return l
}

// Enabled implements slog.Handler.
func (q quieter) Enabled(ctx context.Context, l slog.Level) bool {
	return q.Handler.Enabled(ctx, lower(l))
}

// Handle implements slog.Handler.
func (q quieter) Handle(ctx context.Context, r slog.Record) error {
	r.Level = lower(r.Level)
	return q.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (q quieter) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quieter{q.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (q quieter) WithGroup(name string) slog.Handler { return quieter{q.Handler.WithGroup(name)} }

// logWriter writes mcp-go's own lines to the log.
type logWriter struct{ server *Server }

func (w logWriter) Write(line []byte) (int, error) {
	w.server.opts.Log.Debug().Str("from", "mcp-go").Msg(string(bytes.TrimSpace(line)))
	return len(line), nil
}
