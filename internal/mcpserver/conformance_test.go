//go:build conformance

package mcpserver

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	// product is the program as it is released, interop the folder of the suite.
	product = "../../bin/countersign"
	interop = "../../testdata/interop"
)

// scenario is a scenario of the suite that the product itself has to pass.
type scenario struct {
	era  era
	name string
	// beside are the checks that need a tool or a resource of the fixture.
	beside []string
}

func scenarios() []scenario {
	return []scenario{
		{era: legacy, name: "server-initialize"},
		{era: legacy, name: "server-session-lifecycle"},
		{era: legacy, name: "server-sse-multiple-streams"},
		{era: legacy, name: "ping"},
		{era: legacy, name: "tools-list"},
		{era: legacy, name: "prompts-list"},
		{era: legacy, name: "dns-rebinding-protection"},
		{era: modern, name: "tools-list"},
		{era: modern, name: "prompts-list"},
		{era: modern, name: "dns-rebinding-protection"},
		{era: modern, name: "http-header-validation"},
		{era: modern, name: "caching", beside: []string{
			"sep-2549-resources-list-caching-hints", "sep-2549-resources-templates-list-caching-hints",
		}},
		{era: modern, name: "server-stateless", beside: []string{
			"sep-2575-http-server-no-independent-requests-on-stream", "sep-2575-missing-capability-http-400",
			"sep-2575-server-no-log-without-loglevel", "sep-2575-server-rejects-undeclared-capability",
		}},
	}
}

// TestConformance runs the official suite: all scenarios of each revision against our
// HTTP with the fixture behind it, and those about the protocol alone against the
// product.
func TestConformance(t *testing.T) {
	leaksNothing(t)
	url := serveProduct(t)
	t.Run("all", func(t *testing.T) {
		for _, era := range eras() {
			t.Run("fixture "+string(era), func(t *testing.T) {
				t.Parallel()
				s, _ := newServer(t, wireOptions{maxCalls: 100})
				s.mcp = newFixture()
				w := serveWeb(t, s, HTTPOptions{Auth: Anyone(s.opts.Caller), Key: []byte("key"), MaxCallsPerCaller: 100})
				results, printed, err := runSuite(t, w.url+"/mcp", "--requirements", string(era))
				if err != nil {
					t.Fatalf("the suite: %v\n%s", err, printed)
				}
				_, summary, _ := strings.Cut(printed, "\nTotal:")
				t.Logf("%d scenarios, required or not:%s", len(results), summary)
				for name, r := range results {
					if len(r.failed) > 0 && !strings.HasPrefix(name, "tasks-") { // an extension that we do not have
						t.Errorf("%s, required or not, fails: %v", name, r.failed)
					}
				}
				if least := map[any]int{legacy: 30, modern: 37}[era]; len(results) < least {
					t.Errorf("%d scenarios were run, not the %d that this revision requires", len(results), least)
				}
			})
		}
		for _, s := range scenarios() {
			t.Run(fmt.Sprintf("product %s %s", s.era, s.name), func(t *testing.T) {
				t.Parallel()
				results, printed, err := runSuite(t, url, "--scenario", s.name, "--spec-version", string(s.era))
				r := results[s.name]
				if diff := cmp.Diff(s.beside, r.failed); diff != "" || r.passed == 0 || err != nil && len(r.failed) == 0 {
					t.Errorf("passed %d, %v; failed beside those that are expected to (-want +got):\n%s\n%s", r.passed, err, diff, printed)
				}
				t.Logf("%d checks pass", r.passed)
			})
		}
	})
}

// serveProduct starts the product on its sandboxes and returns the URL of MCP.
func serveProduct(t *testing.T) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, product, "serve", "--http", "127.0.0.1:0", "--no-auth", "--sandbox", "--state", t.TempDir(), "--log-level", "error")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: make build makes it", err)
	}
	t.Cleanup(func() {
		stop()
		if err := cmd.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			t.Error("the end of the product:", err)
		}
	})
	var said []string
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if url := regexp.MustCompile(`http://\S+/mcp`).FindString(lines.Text()); url != "" {
			return url
		}
		said = append(said, lines.Text())
	}
	t.Fatalf("the product does not say where it serves:\n%s", strings.Join(said, "\n"))
	return ""
}

// verdict is the result of the checks of a scenario.
type verdict struct {
	passed int
	failed []string
}

// runSuite runs the suite and returns the verdict of each scenario, and the output.
func runSuite(t *testing.T, url string, args ...string) (map[string]verdict, string, error) {
	t.Helper()
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"--no-warnings", "--import", "./node20.mjs",
		"node_modules/@modelcontextprotocol/conformance/dist/index.js", "server", "--url", url, "--output-dir", out}, args...)...)
	cmd.Dir = interop
	printed, err := cmd.CombinedOutput()
	files, globErr := filepath.Glob(filepath.Join(out, "server-*", "checks.json"))
	if globErr != nil || len(files) == 0 {
		t.Fatalf("the suite has no results: %v\n%s", err, printed)
	}
	all := map[string]verdict{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var checks []struct{ ID, Status string }
		if err := json.Unmarshal(raw, &checks); err != nil {
			t.Fatal(file, err)
		}
		var v verdict
		for _, c := range checks {
			switch c.Status {
			case "SUCCESS":
				v.passed++
			case "FAILURE":
				v.failed = append(v.failed, c.ID)
			}
		}
		slices.Sort(v.failed)
		// The folder is server-SCENARIO-TIME.
		name := regexp.MustCompile(`^server-(.*)-\d{4}-\d\d-\d\dT.*$`).FindStringSubmatch(filepath.Base(filepath.Dir(file)))
		if name == nil {
			t.Fatal("a result of no scenario: ", file)
		}
		all[name[1]] = v
	}
	return all, string(printed), err
}
