package logging_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"countersign/internal/cloud"
	"countersign/internal/logging"
)

// logger returns a logger that writes to w.
func logger(t *testing.T, w io.Writer, level, format string) zerolog.Logger {
	t.Helper()
	l, err := logging.New(w, level, format)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// lines decodes JSON lines.
func lines(t *testing.T, text string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(text) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, fields)
	}
	return all
}

func TestLevels(t *testing.T) {
	all := []string{"trace", "debug", "info", "warn", "error"}
	for i, level := range logging.Levels() {
		var out bytes.Buffer
		l := logger(t, &out, level, "json")
		l.Trace().Msg("trace")
		l.Debug().Msg("debug")
		l.Info().Msg("info")
		l.Warn().Msg("warn")
		l.Error().Msg("error")
		var got []string
		for _, line := range lines(t, out.String()) {
			if line["level"] != line["message"] {
				t.Errorf("%s was logged as %s", line["message"], line["level"])
			}
			got = append(got, fmt.Sprint(line["level"]))
		}
		if want := all[i:]; !slices.Equal(got, want) {
			t.Errorf("level %s logs %v, want %v", level, got, want)
		}
	}
}

func TestUnknownNamesAreRefusedWithTheKnownOnes(t *testing.T) {
	for _, test := range []struct{ level, format, want string }{
		{"loud", "json", "trace, debug, info, warn, error, off"},
		{"", "json", "trace, debug, info, warn, error, off"},
		{"INFO", "json", "trace, debug, info, warn, error, off"},
		{"info", "xml", "auto, json, console"},
		{"info", "", "auto, json, console"},
	} {
		var out bytes.Buffer
		l, err := logging.New(&out, test.level, test.format)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q, %q: %v", test.level, test.format, err)
		}
		l.Error().Msg("x")
		if out.Len() > 0 {
			t.Errorf("%q, %q: the logger of an error writes", test.level, test.format)
		}
	}
}

func TestFormats(t *testing.T) {
	var out bytes.Buffer
	for _, format := range []string{"json", "auto"} {
		out.Reset()
		l := logger(t, &out, "info", format)
		l.Info().Str("vm", "web").Msg("made")
		line := lines(t, out.String())[0]
		at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(line["time"]))
		if err != nil || time.Since(at).Abs() > time.Minute || at.Location() != time.UTC {
			t.Errorf("%s: time %v (%v)", format, line["time"], err)
		}
		delete(line, "time")
		if diff := cmp.Diff(map[string]any{"level": "info", "vm": "web", "message": "made"}, line); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
	out.Reset()
	l := logger(t, &out, "info", "console")
	l.Info().Str("vm", "a\x1b[2Jb").Msg("made")
	l.Info().Msg("red \x1b[31m\r\nforged line")
	got := out.String()
	if strings.ContainsAny(got, "\x1b\r{") || strings.Count(got, "\n") != 2 {
		t.Errorf("console lines steer the terminal or are no lines: %q", got)
	}
	if !strings.Contains(got, "INF made vm=") {
		t.Errorf("console line is %q", got)
	}
}

func TestSlog(t *testing.T) {
	var out bytes.Buffer
	s := logging.Slog(logger(t, &out, "warn", "json"))
	s.Info("not this")
	s.WithGroup("http").With("status", 500).Warn("this", "path", "/x")
	if strings.Count(out.String(), `"time"`) != 1 {
		t.Errorf("not one time: %s", out.String())
	}
	got := lines(t, out.String())
	if len(got) != 1 {
		t.Fatalf("got %v", got)
	}
	delete(got[0], "time")
	want := map[string]any{"level": "warn", "message": "this", "http.status": 500.0, "http.path": "/x"}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
}

func TestSecretsNeverShow(t *testing.T) {
	const value = "hunter2-hunter2"
	secret := cloud.NewSecret(value)
	type holder struct {
		Key     cloud.Secret
		Pointer *cloud.Secret
		Keys    []cloud.Secret
		ByName  map[string]cloud.Secret
	}
	held := holder{secret, &secret, []cloud.Secret{secret}, map[string]cloud.Secret{"a": secret}}
	ways := []struct {
		name string
		log  func(zerolog.Logger)
	}{
		{"Interface", func(l zerolog.Logger) { l.Info().Interface("key", secret).Send() }},
		{"Interface of a pointer", func(l zerolog.Logger) { l.Info().Interface("key", &secret).Send() }},
		{"Interface of a holder", func(l zerolog.Logger) { l.Info().Interface("key", held).Send() }},
		{"Any", func(l zerolog.Logger) { l.Info().Any("key", secret).Send() }},
		{"Any of a holder", func(l zerolog.Logger) { l.Info().Any("key", &held).Send() }},
		{"Stringer", func(l zerolog.Logger) { l.Info().Stringer("key", secret).Send() }},
		{"Fields", func(l zerolog.Logger) { l.Info().Fields(map[string]any{"key": secret}).Send() }},
		{"Dict", func(l zerolog.Logger) { l.Info().Dict("d", zerolog.Dict().Any("key", held)).Send() }},
		{"Context", func(l zerolog.Logger) { l = l.With().Any("key", held).Logger(); l.Info().Send() }},
		{"Type", func(l zerolog.Logger) { l.Info().Type("key", secret).Str("also", fmt.Sprint(secret)).Send() }},
		{"Err", func(l zerolog.Logger) { l.Info().Err(fmt.Errorf("refused: %v", held)).Send() }},
		{"Msgf", func(l zerolog.Logger) {
			l.Info().Msgf("%v %s %q %x %+v %#v", secret, secret, secret, secret, held, held)
		}},
		{"slog", func(l zerolog.Logger) { logging.Slog(l).Info("x", "key", secret, "holder", held, "pointer", &held) }},
		{"slog group", func(l zerolog.Logger) { logging.Slog(l).With("key", secret).Info("x", slog.Group("g", "key", secret)) }},
	}
	for _, way := range ways {
		for _, format := range []string{"json", "console"} {
			var out bytes.Buffer
			way.log(logger(t, &out, "info", format))
			hex := fmt.Sprintf("%x", value)
			if out.Len() == 0 || strings.Contains(out.String(), value) || strings.Contains(out.String(), hex) {
				t.Errorf("%s, %s: %q", way.name, format, out.String())
			}
		}
	}
}

// failing is a writer whose reader has closed.
type failing struct{ writes int }

func (f *failing) Write([]byte) (int, error) {
	f.writes++
	return 0, errors.New("broken pipe")
}

func TestAWriterThatFailsIsNobodysFailure(t *testing.T) {
	complaints, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = complaints.Close() }()
	closed, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	var f failing
	// zerolog reports failed writes on stderr.
	stderr := os.Stderr
	os.Stderr = complaints
	for _, w := range []io.Writer{&f, closed} {
		for _, format := range logging.Formats() {
			l := logger(t, w, "info", format)
			l.Info().Msg("x")
		}
	}
	os.Stderr = stderr
	if f.writes != len(logging.Formats()) {
		t.Errorf("%d writes", f.writes)
	}
	if said, err := os.ReadFile(complaints.Name()); err != nil || len(said) > 0 {
		t.Errorf("stderr got %q (%v)", said, err)
	}
}

// stuck is a writer that blocks until it is freed.
type stuck struct {
	free chan struct{}
	out  bytes.Buffer
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.free
	return s.out.Write(p)
}

func TestAWriterThatTakesNothingHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &stuck{free: make(chan struct{})}
		l := logger(t, w, "info", "json")
		start := time.Now() // of the bubble's clock
		for i := range 1000 {
			l.Info().Int("n", i).Msg("x")
		}
		if took := time.Since(start); took > 200*time.Millisecond {
			t.Errorf("1000 lines held the program up for %v", took)
		}
		close(w.free)
		synctest.Wait()
		l.Info().Int("n", 1000).Msg("x")
		got := lines(t, w.out.String())
		if len(got) != 3 || got[0]["n"] != 0.0 || got[1]["lost"] != 999.0 || got[1]["level"] != "warn" || got[2]["n"] != 1000.0 {
			t.Errorf("got %v, want the first line, that 999 were lost, and the last line", got)
		}
	})
}
