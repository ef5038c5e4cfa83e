package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/guard"
	"countersign/internal/help"
	"countersign/internal/store"
	"countersign/internal/telemetry"
	"countersign/internal/telemetry/telemetrytest"
	"countersign/internal/yamldoc"
)

// TestManualOfMonitoring runs every command of the topic in order: it makes tokens,
// starts servers and sends the requests of curl. The last server sends its traces
// to a collector.
func TestManualOfMonitoring(t *testing.T) {
	text, err := help.Topic("monitoring")
	if err != nil {
		t.Fatal(err)
	}
	collector := telemetrytest.NewReceiver(t)
	address := regexp.MustCompile(` --http \S+`)
	script, server, ran := "sandbox\n", "", 0
	for _, line := range regexp.MustCompile(`(?m)^    ((?:OTEL_\S+ )?countersign|curl) (.*)$`).FindAllStringSubmatch(text, -1) {
		ran++
		flags, serves := strings.CutPrefix(line[2], "serve ")
		switch variable, _, otel := strings.Cut(line[1], "="); {
		case line[1] == "curl" && strings.Contains(line[2], "-H"):
			script += fmt.Sprintf("web 200 %s GET /metrics 'Authorization: Bearer '$TOKEN\nstdout countersign_build_info\n", server)
		case line[1] == "curl":
			script += fmt.Sprintf("web 200 %s GET $%s_METRICS\nstdout countersign_build_info\n", server, strings.ToUpper(server))
		case serves:
			if otel {
				script += fmt.Sprintf("env %s=%s\n", variable, collector.URL)
			}
			server = fmt.Sprintf("server%d", ran)
			script += fmt.Sprintf("server %s%s\n", server, strings.Replace(address.ReplaceAllString(" "+flags, ""), "127.0.0.1:9464", "127.0.0.1:0", 1))
		default:
			script += "exec countersign " + line[2] + "\nkeep TOKEN\n"
		}
	}
	script += fmt.Sprintf("client last at=%s\ncall last list_vms '{\"account\":\"hostup\"}'\nshutdown %s ended\n", server, server)
	path := filepath.Join(t.TempDir(), "manual_monitoring.txtar")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	if ran != 6 {
		t.Errorf("%d commands were found:\n%s", ran, script)
	}
	t.Run("commands", func(t *testing.T) { testscript.Run(t, scripts(nil, path)) })
	if spans := collector.Spans(); !slices.ContainsFunc(spans, func(s telemetrytest.Span) bool { return s.Name == "tools/call list_vms" }) {
		t.Errorf("a server that has ended sent %d spans", len(spans))
	}
}

// TestAlertsOfTheManual checks that the metrics in the alerts of the manual exist,
// with their labels and their known values.
func TestAlertsOfTheManual(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"alerts.yaml", "prometheus.yaml"} {
		if _, err := yamldoc.Parse(name, []byte(blockOf(t, "monitoring", "# "+name))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	labels := map[string][]string{}
	for _, m := range telemetry.Table() {
		labels[m.Name] = m.Labels
		if m.Type == "histogram" {
			labels[m.Name+"_bucket"] = append(slices.Clone(m.Labels), "le")
		}
	}
	var answers, states []string
	for _, of := range guard.AnswersByRoad() {
		answers = append(answers, of...)
	}
	for _, state := range store.States() {
		states = append(states, string(state))
	}
	expressions := regexp.MustCompile(`(?m)expr: (.*)$`).FindAllStringSubmatch(blockOf(t, "monitoring", "# alerts.yaml"), -1)
	if len(expressions) < 8 {
		t.Errorf("%d alerts", len(expressions))
	}
	metric := regexp.MustCompile(`(countersign_[a-z_]+)(?:\{([a-z]+)="([a-z0-9_]+)"\})?`)
	for _, e := range expressions {
		for _, m := range metric.FindAllStringSubmatch(e[1], -1) {
			known, there := labels[m[1]]
			switch {
			case !there || m[2] != "" && !slices.Contains(known, m[2]):
				t.Errorf("there is no %s in %s", m[0], e[1])
			case m[2] == "answer" && !slices.Contains(answers, m[3]), m[2] == "state" && !slices.Contains(states, m[3]):
				t.Errorf("%s is never %s", m[2], m[3])
			}
			for _, by := range regexp.MustCompile(`by \(([a-z, ]+)\)`).FindAllStringSubmatch(e[1], -1) {
				for label := range strings.SplitSeq(by[1], ", ") {
					if !slices.Contains(known, label) {
						t.Errorf("%s has no label %s: %s", m[1], label, e[1])
					}
				}
			}
		}
	}
}
