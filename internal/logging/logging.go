// Package logging makes the program's one logger: zerolog, on the writer that
// the caller names, which on stdio is stderr and never stdout.
//
// Logging never fails and never blocks the program. The package must never know what
// is logged; secrets are kept out by their type, which shows a placeholder to every
// encoder.
package logging

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
)

// timeLayout is RFC 3339 in UTC to the millisecond, so that the lines of several
// processes can be sorted.
const timeLayout = "2006-01-02T15:04:05.000Z"

// The formats.
const (
	auto    = "auto"
	json    = "json"
	console = "console"
)

// off is the level that logs nothing.
const off = "off"

// Levels lists the names of the levels, from everything to nothing.
func Levels() []string { return []string{"trace", "debug", "info", "warn", "error", off} }

// Formats lists the names of the formats: auto is console on a terminal and
// json elsewhere.
func Formats() []string { return []string{auto, json, console} }

// New returns a logger that writes lines of the given level and above to w. An
// unknown level or format is an error that lists the known ones.
//
// No call of the logger fails or blocks for long. Lines are lost when w is closed or
// does not accept them. The next line that w accepts is preceded by one that says how
// many were lost.
func New(w io.Writer, level, format string) (zerolog.Logger, error) {
	threshold, err := parseLevel(level)
	if err != nil {
		return zerolog.Nop(), err
	}
	if !slices.Contains(Formats(), format) {
		return zerolog.Nop(), fmt.Errorf("unknown log format %q: one of %s", format, strings.Join(Formats(), ", "))
	}
	terminal := isTerminal(w)
	out := withoutSignal(w)
	if format == console || format == auto && terminal {
		out = readable(out, terminal)
	}
	return zerolog.New(newPatient(out)).Level(threshold).Hook(zerolog.HookFunc(stamp)), nil
}

// Slog returns a logger of the standard library that writes to a zerolog one.
func Slog(logger zerolog.Logger) *slog.Logger {
	return slog.New(untimed{zerolog.NewSlogHandler(logger)})
}

// untimed drops the time of slog's records, because the logger of New adds its own.
type untimed struct{ slog.Handler }

// Handle implements slog.Handler.
func (h untimed) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Time{}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h untimed) WithAttrs(attrs []slog.Attr) slog.Handler {
	return untimed{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h untimed) WithGroup(name string) slog.Handler { return untimed{h.Handler.WithGroup(name)} }

func parseLevel(name string) (zerolog.Level, error) {
	if !slices.Contains(Levels(), name) {
		return zerolog.NoLevel, fmt.Errorf("unknown log level %q: one of %s", name, strings.Join(Levels(), ", "))
	}
	if name == off {
		return zerolog.Disabled, nil
	}
	return zerolog.ParseLevel(name)
}

// stamp adds the time.
func stamp(e *zerolog.Event, _ zerolog.Level, _ string) {
	e.Str(zerolog.TimestampFieldName, time.Now().UTC().Format(timeLayout))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// readable writes lines for people, in colour on a terminal.
func readable(w io.Writer, colour bool) io.Writer {
	return zerolog.NewConsoleWriter(func(c *zerolog.ConsoleWriter) {
		c.Out = w
		c.NoColor = !colour
		c.TimeFormat = "15:04:05.000"
		c.FormatMessage = message
	})
}

// message quotes a message that contains control characters, which could change the
// terminal. zerolog quotes the fields.
func message(text any) string {
	s, _ := text.(string)
	if strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
