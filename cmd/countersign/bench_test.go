package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkStart starts the released program as a client does. It measures the time
// to the response to initialize, and the memory after tools/list. All clouds have a
// key and nothing is sent to them.
func BenchmarkStart(b *testing.B) {
	program := build(b)
	state := b.TempDir()
	var answered []time.Duration
	var cpu time.Duration
	var rss, tools float64
	for b.Loop() {
		s := startServer(b, program, state)
		answered = append(answered, s.ask(b, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`, nil))
		var list struct {
			Result struct{ Tools []json.RawMessage }
		}
		s.ask(b, `{"jsonrpc":"2.0","id":2,"method":"tools/list"}`, &list)
		tools = float64(len(list.Result.Tools))
		rss += s.residentMB(b)
		cpu += s.stop(b)
	}
	slices.Sort(answered)
	n := len(answered)
	b.ReportMetric(milliseconds(answered[0]), "ms/initialize-best")
	b.ReportMetric(milliseconds(answered[n/2]), "ms/initialize-median")
	b.ReportMetric(milliseconds(cpu)/float64(n), "ms-CPU/op")
	b.ReportMetric(tools, "tools")
	if runtime.GOOS == "linux" {
		b.ReportMetric(rss/float64(n), "MB-RSS")
	}
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// build builds the program as `make build` does.
func build(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "countersign")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Skipf("cannot build: %v\n%s", err, out)
	}
	return program
}

// served is a running server and the moment of its start.
type served struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	since time.Time
	log   *bytes.Buffer
}

func startServer(b *testing.B, program, state string) *served {
	b.Helper()
	s := &served{cmd: exec.Command(program, "serve", "--state", state), log: &bytes.Buffer{}}
	s.cmd.Env = []string{"HOME=" + state, "PATH=" + os.Getenv("PATH"), "HOSTUP_API_KEY=none", "VOLTAGEPARK_API_KEY=none"}
	s.cmd.Stderr = s.log
	in, err := s.cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	s.in, s.out, s.since = in, bufio.NewReader(out), time.Now()
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	return s
}

// ask sends a request and returns the time from the start to the response.
func (s *served) ask(b *testing.B, request string, into any) time.Duration {
	b.Helper()
	if _, err := fmt.Fprintln(s.in, request); err != nil {
		b.Fatal(err, s.log)
	}
	line, err := s.out.ReadBytes('\n')
	after := time.Since(s.since)
	if err != nil || !bytes.Contains(line, []byte(`"result"`)) {
		b.Fatalf("%s %v\n%s", line, err, s.log)
	}
	if into != nil {
		if err := json.Unmarshal(line, into); err != nil {
			b.Fatal(err)
		}
	}
	return after
}

// residentMB returns the resident memory on Linux; 0 elsewhere.
func (s *served) residentMB(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmRSS:" {
			kB, err := strconv.ParseFloat(fields[1], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kB / 1024
		}
	}
	return 0
}

// stop ends the server and returns its total processor time.
func (s *served) stop(b *testing.B) time.Duration {
	b.Helper()
	_ = s.in.Close()
	if err := s.cmd.Wait(); err != nil {
		b.Fatal(err, s.log)
	}
	return s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime()
}
