package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/mcpserver/mcpclient"
)

// httpServer is a running server over HTTP.
type httpServer struct {
	cmd   *exec.Cmd
	place mcpclient.Place
	// metrics is the address of the metrics, if they have one of their own.
	metrics string
	log     lockedBuffer
	done    chan struct{}
	err     error
}

// httpArgs returns the arguments of a server over HTTP on a free port.
func httpArgs(args []string) []string {
	return append([]string{"serve", "--http", "127.0.0.1:0", "--sse"}, args...)
}

var (
	servedAt  = regexp.MustCompile(`MCP is served at (https?://[^/]+)/mcp`)
	metricsAt = regexp.MustCompile(`metrics are served at (\S+)$`)
	withToken = regexp.MustCompile(`^countersign: clients send the header Authorization: Bearer (\S+)`)
)

// startHTTPServer starts a server and waits until it prints its address. Its log is
// copied, without the line of the token.
func startHTTPServer(cmd *exec.Cmd, log io.Writer) (*httpServer, error) {
	s := &httpServer{cmd: cmd, done: make(chan struct{})}
	out, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ready := make(chan struct{})
	// A server with configured authentication prints no token.
	known := slices.ContainsFunc(cmd.Args, func(arg string) bool {
		return slices.Contains([]string{"--no-auth", "--tokens", "--oauth-issuer"}, arg)
	})
	go func() {
		lines, found := bufio.NewScanner(out), false
		for lines.Scan() {
			line := lines.Text()
			if at := servedAt.FindStringSubmatch(line); at != nil {
				s.place.URL = at[1]
			}
			if at := metricsAt.FindStringSubmatch(line); at != nil {
				s.metrics = at[1]
			}
			token := withToken.FindStringSubmatch(line)
			switch {
			case token != nil && !found:
				s.place.Token = token[1]
			default:
				_, _ = fmt.Fprintln(io.MultiWriter(&s.log, log), line)
			}
			if !found && s.place.URL != "" && (token != nil || known) {
				found = true
				close(ready)
			}
		}
		s.err = cmd.Wait()
		close(s.done)
	}()
	select {
	case <-ready:
		return s, nil
	case <-s.done:
		return nil, fmt.Errorf("the server ended: %s", s.log.String())
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		return nil, errors.New("the server does not say where it is")
	}
}

// end sends the server SIGTERM and waits.
func (s *httpServer) end() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		<-s.done
	}
}

// cmdServer starts a server over HTTP for clients, or checks that it does not
// start: [!] server NAME [FLAG ...]. Its token is $NAME_TOKEN, and the address of
// its metrics, if they have one of their own, $NAME_METRICS.
func cmdServer(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: server NAME [FLAG ...]")
	}
	s, err := startHTTPServer(command(ts, "countersign", httpArgs(args[1:])...), io.Discard)
	if (err != nil) != neg {
		ts.Fatalf("started: %v; %v", !neg, err)
	}
	if neg {
		_, _ = fmt.Fprintln(ts.Stderr(), err)
		return
	}
	theWorld(ts).servers[args[0]] = s
	ts.Setenv(strings.ToUpper(args[0])+"_TOKEN", s.place.Token)
	ts.Setenv(strings.ToUpper(args[0])+"_METRICS", s.metrics)
}

func serverNamed(ts *testscript.TestScript, name string) *httpServer {
	s, ok := theWorld(ts).servers[name]
	if !ok {
		ts.Fatalf("there is no server %q", name)
	}
	return s
}

// cmdShutdown sends a server SIGTERM. With "ended" it also waits, and the log
// becomes stderr: shutdown NAME [ended].
func cmdShutdown(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 && (len(args) != 2 || args[1] != "ended") {
		ts.Fatalf("usage: shutdown NAME [ended]")
	}
	s := serverNamed(ts, args[0])
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	if len(args) == 1 {
		return
	}
	select {
	case <-s.done:
	case <-time.After(patience):
		ts.Fatalf("%s does not end: %s", args[0], s.log.String())
	}
	ts.Check(s.err)
	_, _ = fmt.Fprint(ts.Stderr(), s.log.String())
}

// cmdWeb sends a server one request and checks the status of the response: web
// STATUS SERVER METHOD PATH [BODY] [NAME: VALUE ...]. The body of the response
// becomes stdout, its headers stderr. The request has the server's own token unless
// a header replaces it. PATH can be a complete URL.
func cmdWeb(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: web STATUS SERVER METHOD PATH [BODY] [NAME: VALUE ...]")
	}
	s, body, headers := serverNamed(ts, args[1]), "", args[4:]
	if len(headers) > 0 && !regexp.MustCompile(`^[A-Za-z-]+: `).MatchString(headers[0]) {
		body, headers = headers[0], headers[1:]
	}
	where := args[3]
	if !strings.HasPrefix(where, "http://") {
		where = s.place.URL + where
	}
	r, err := http.NewRequest(args[2], where, strings.NewReader(body))
	ts.Check(err)
	r.Header.Set("Authorization", "Bearer "+s.place.Token)
	r.Header.Set("Content-Type", "application/json")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	ts.Check(err)
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(resp.Body.Close())
	ts.Check(resp.Header.Write(ts.Stderr()))
	_, _ = ts.Stdout().Write(answer)
	if strconv.Itoa(resp.StatusCode) != args[0] {
		ts.Fatalf("%s %s: %d, want %s\n%s", args[2], args[3], resp.StatusCode, args[0], answer)
	}
}
