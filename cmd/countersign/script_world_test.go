package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/auth/authtest"
)

type worldKey struct{}

// world has everything that one script has started.
type world struct {
	sandbox *exec.Cmd
	address string
	hosts   map[string]*host
	servers map[string]*httpServer
	issuer  *authtest.Issuer
	// terminals are the open terminals.
	terminals map[string]*terminal
	// play is set for a story that is played on every cloud; before are the
	// initial machines of its sandbox.
	play   *play
	before map[string]bool
}

func worldOf(env *testscript.Env) *world { return env.Values[worldKey{}].(*world) }

func theWorld(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// patience is the timeout of every wait in a script.
const patience = 30 * time.Second

// host is an MCP host process with a server below it.
type host struct {
	cmd       *exec.Cmd
	in        io.WriteCloser
	reports   chan hostReport
	next      int
	pending   int
	done      map[int]hostReport
	questions []string
	answered  json.RawMessage
	progress  []string
	stderr    lockedBuffer
	// heard has every line that the host has reported.
	heard lockedBuffer
}

// end stops all processes. A host ends its server by closing its input.
func (w *world) end() {
	for _, t := range w.terminals {
		t.end()
	}
	for _, h := range w.hosts {
		_ = h.in.Close()
		ended := make(chan struct{})
		go func() { _ = h.cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(patience):
			_ = h.cmd.Process.Kill()
		}
	}
	for _, s := range w.servers {
		s.end()
	}
	if w.sandbox != nil {
		_ = w.sandbox.Process.Kill()
		_ = w.sandbox.Wait()
	}
}

// cmdSandbox starts a sandbox process that all following commands use.
func cmdSandbox(ts *testscript.TestScript, _ bool, args []string) {
	w := theWorld(ts)
	w.sandbox = command(ts, "countersign", append([]string{"sandbox", "--sandbox-seed", "1"}, args...)...)
	out, err := w.sandbox.StdoutPipe()
	ts.Check(err)
	ts.Check(w.sandbox.Start())
	line, err := bufio.NewReader(out).ReadBytes('\n')
	ts.Check(err)
	var at struct {
		Address     string            `json:"address"`
		Environment map[string]string `json:"environment"`
	}
	ts.Check(json.Unmarshal(line, &at))
	w.address = at.Address
	for name, value := range at.Environment {
		ts.Setenv(name, value)
	}
	ts.Setenv("SANDBOX", at.Address)
	if w.play != nil {
		w.before = map[string]bool{}
		for _, m := range machinesOf(ts, w.play.row) {
			w.before[m.ID] = true
		}
	}
}

// command returns a command with the script's folder and environment.
func command(ts *testscript.TestScript, name string, args ...string) *exec.Cmd {
	path, err := lookPath(ts, name)
	ts.Check(err)
	cmd := exec.Command(path, args...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Env = environment(ts)
	return cmd
}

func lookPath(ts *testscript.TestScript, name string) (string, error) {
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), ":") {
		if path, err := exec.LookPath(dir + "/" + name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not in PATH", name)
}

// environment returns the environment that the script's own exec would use.
func environment(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range []string{
		"PATH", "HOME", "WORK", "TMPDIR", "GOCOVERDIR", "GORACE", "COUNTERSIGN_STATE", "COUNTERSIGN_LOG_LEVEL", "COUNTERSIGN_FORM_MIN_SECONDS",
		"COUNTERSIGN_FORM_WAIT", "COUNTERSIGN_ASK_TTL", "COUNTERSIGN_USE_TTL", "COUNTERSIGN_SETTLE_GRACE", "COUNTERSIGN_TIMEOUT", "COUNTERSIGN_PRICES",
		"COUNTERSIGN_RETRIES", "COUNTERSIGN_TOOLSETS", "COUNTERSIGN_POLICY", "COUNTERSIGN_MAX_PENDING", "COUNTERSIGN_AUDIT_ANCHOR", "COUNTERSIGN_AUDIT_KEEP", "OTEL_EXPORTER_OTLP_ENDPOINT",
		"GPCN_API_KEY", "GPCN_BASE_URL", "VOLTAGEPARK_API_KEY", "VOLTAGEPARK_BASE_URL", "HOSTUP_API_KEY", "HOSTUP_API_KEY_FILE", "HOSTUP_BASE_URL",
	} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// cmdPost posts to the sandbox's control routes: post PATH JSON.
func cmdPost(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: post PATH JSON")
	}
	_, _ = ts.Stdout().Write(request(ts, http.MethodPost, args[0], args[1]))
}

// cmdGet reads a control route; the response becomes stdout.
func cmdGet(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: get PATH")
	}
	_, _ = ts.Stdout().Write(request(ts, http.MethodGet, args[0], ""))
}

// cmdRemove sends DELETE to a control route: remove PATH.
func cmdRemove(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: remove PATH")
	}
	request(ts, http.MethodDelete, args[0], "")
}

// cmdFault enables a fault: fault VENDOR KIND METHOD PATH TIMES [MEMBER=TEXT ...],
// with further members such as delay=500ms or retry_after=7s, or for a route of the
// row fault create|update|stop|delete|list KIND TIMES [MEMBER=TEXT ...]. fault none
// disables all.
func cmdFault(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 1 && args[0] == "none" {
		request(ts, http.MethodDelete, "/_sandbox/faults", "")
		return
	}
	if w := theWorld(ts); w.play != nil && len(args) > 2 {
		vendor, method, path := route(ts, args[:1])
		args = append([]string{vendor, args[1], method, path}, args[2:]...)
	}
	if len(args) < 5 {
		ts.Fatalf("usage: fault none | fault VENDOR KIND METHOD PATH TIMES [MEMBER=TEXT ...]")
	}
	more := ""
	for _, arg := range args[5:] {
		member, text, _ := strings.Cut(arg, "=")
		more += fmt.Sprintf(`,%q:%q`, member, text)
	}
	request(ts, http.MethodPost, "/_sandbox/faults",
		fmt.Sprintf(`{"vendor":%q,"kind":%q,"method":%q,"path":%q,"times":%s%s}`, args[0], args[1], args[2], args[3], args[4], more))
}

// cmdSent checks how many requests the sandbox has received: sent N VENDOR METHOD
// PATH | sent N create|update|stop|delete|list.
func cmdSent(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: sent N ROUTE")
	}
	vendor, method, path := route(ts, args[1:])
	if got := count(ts, vendor, method, path); strconv.Itoa(got) != args[0] {
		ts.Fatalf("%s %s was sent %d times, want %s", method, path, got, args[0])
	}
}

// cmdBody prints the body of the last such request that the sandbox has received,
// in compact form with a line break, or nothing if it had none: body VENDOR METHOD
// PATH.
func cmdBody(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: body VENDOR METHOD PATH")
	}
	raw := request(ts, http.MethodGet, fmt.Sprintf("/_sandbox/requests?vendor=%s&method=%s&path=%s", args[0], args[1], args[2]), "")
	var got struct {
		Requests []struct {
			Body json.RawMessage `json:"body"`
		} `json:"requests"`
	}
	ts.Check(json.Unmarshal(raw, &got))
	if len(got.Requests) == 0 {
		ts.Fatalf("%s %s was never sent", args[1], args[2])
	}
	body := got.Requests[len(got.Requests)-1].Body
	if len(body) > 0 {
		body = append(body, '\n')
	}
	_, _ = ts.Stdout().Write(body)
}

// count returns how many such requests the sandbox has received.
func count(ts *testscript.TestScript, vendor, method, path string) int {
	body := request(ts, http.MethodGet, fmt.Sprintf("/_sandbox/count?vendor=%s&method=%s&path=%s", vendor, method, path), "")
	var got struct {
		Count int `json:"count"`
	}
	ts.Check(json.Unmarshal(body, &got))
	return got.Count
}

// request sends a request to a control route of the sandbox.
func request(ts *testscript.TestScript, method, path, body string) []byte {
	req, err := http.NewRequest(method, "http://"+theWorld(ts).address+path, strings.NewReader(body))
	ts.Check(err)
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(resp.Body.Close())
	if resp.StatusCode >= 300 {
		ts.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, answer)
	}
	return answer
}
