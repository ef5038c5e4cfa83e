package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"countersign/internal/tool"
)

const (
	coverageGolden = "../../internal/help/coverage.md"
	// unwrappedMark begins the reason why the client does not wrap an operation,
	// untooledMark the reason why no tool sends an operation of the client.
	unwrappedMark = "//api:unwrapped "
	untooledMark  = "//api:untooled "
)

// coverageRow is one operation of a vendor.
type coverageRow struct {
	operation
	// tools can send it; empty where it is not wrapped.
	tools []*tool.Definition
	// plans is the number of further write tools that read it for their plans.
	plans int
	reads bool
	// recordings and stories are the tests that use it.
	recordings, stories []string
	// unwrapped is the reason why it is not wrapped.
	unwrapped string
}

// TestGoldenCoverage writes which operations of the vendors' APIs are wrapped, by
// which tool, and where they are tested. It fails if something is missing. With
// -update it removes operations that are now wrapped from the lists of unwrapped
// ones.
func TestGoldenCoverage(t *testing.T) {
	r := newReach(t, vendorNames())
	var text strings.Builder
	text.WriteString(coverageIntro)
	for _, entry := range clouds() {
		rows := coverageOf(t, r, entry)
		checkCoverage(t, rows)
		writeCoverage(&text, string(entry.vendor), rows)
	}
	if *update {
		if err := os.WriteFile(coverageGolden, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	golden, err := os.ReadFile(coverageGolden)
	if err != nil {
		t.Fatalf("%v (make golden writes it)", err)
	}
	if diff := gocmp.Diff(string(golden), text.String()); diff != "" {
		t.Errorf("internal/help/coverage.md is stale, make golden writes it (-golden +now):\n%s", diff)
	}
}

const coverageIntro = `# Which operations of the clouds are wrapped

One row per operation that is known of a vendor's API: the tools that can send it, the
worst effect of those that write with it, and where it is tested: a recording in
testdata/api (shown as *name*), which client and sandbox are held to, and stories in
testdata/scripts that send it or, of reads, call one of its tools. Where no tool sends
it, the reason stands instead. This page is generated.
`

// checkCoverage fails if an operation is in both lists, is used by no tool, or has
// no test.
func checkCoverage(t *testing.T, rows []coverageRow) {
	t.Helper()
	for _, row := range rows {
		wrapped := row.unwrapped == ""
		switch {
		case wrapped && len(row.tools) == 0:
			t.Errorf("%s %s %s is wrapped and no tool can send it", row.cloud, row.method, row.path)
		case wrapped && len(row.recordings)+len(row.stories) == 0:
			t.Errorf("%s %s %s is wrapped and tested nowhere", row.cloud, row.method, row.path)
		}
	}
}

// coverageOf returns all operations of a cloud, by path.
func coverageOf(t *testing.T, r *reach, entry cloudEntry) []coverageRow {
	t.Helper()
	name := string(entry.vendor)
	rows := map[string]*coverageRow{}
	for _, o := range r.operation {
		if o.cloud == name {
			rows[o.key()] = &coverageRow{operation: o, reads: r.reads[o.key()]}
		}
	}
	for _, d := range definitionsFor(t, []string{entry.prefix}) {
		for key := range r.operations(d.Name) {
			row, ours := rows[key]
			switch {
			case !ours:
			case !row.reads && d.Effect == tool.Read:
				// A write tool reads such a table only to list the possible
				// actions.
			case row.reads && d.Effect > tool.Read:
				row.plans++
			default:
				row.tools = append(row.tools, d)
			}
		}
	}
	onlyPlanned(t, r, entry, rows)
	for _, row := range readUnwrapped(t, name, rows) {
		rows[row.key()] = &row
	}
	tested(t, name, rows)
	var out []coverageRow
	for _, row := range rows {
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b coverageRow) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method))
	})
	return out
}

// onlyPlanned names the write tools for operations that no read tool reads.
func onlyPlanned(t *testing.T, r *reach, entry cloudEntry, rows map[string]*coverageRow) {
	t.Helper()
	for _, d := range definitionsFor(t, []string{entry.prefix}) {
		for key := range r.operations(d.Name) {
			if row, ours := rows[key]; ours && row.reads && d.Effect > tool.Read && (len(row.tools) == 0 || row.tools[0].Effect > tool.Read) {
				row.tools, row.plans = append(row.tools, d), 0
			}
		}
	}
}

// readUnwrapped reads why operations are not wrapped. A line for a wrapped
// operation has to be deleted, which -update does.
func readUnwrapped(t *testing.T, name string, wrapped map[string]*coverageRow) []coverageRow {
	t.Helper()
	path := filepath.Join("..", "..", "internal", name, "unwrapped.go")
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var rows []coverageRow
	var kept strings.Builder
	for line := range strings.Lines(string(source)) {
		row, marked := unwrappedLine(t, name, line)
		if !marked {
			kept.WriteString(line)
			continue
		}
		of, isWrapped := wrapped[row.key()]
		switch untooled := strings.HasPrefix(line, untooledMark); {
		case isWrapped && (!untooled || len(of.tools) > 0):
			if !*update {
				t.Errorf("%s: %s %s is wrapped; delete the line (make golden does)", path, row.method, row.path)
			}
			continue
		case untooled && !isWrapped:
			t.Errorf("%s: no client has %s %s", path, row.method, row.path)
		case slices.ContainsFunc(rows, func(other coverageRow) bool { return other.key() == row.key() }):
			t.Errorf("%s: %s %s stands there twice", path, row.method, row.path)
		}
		kept.WriteString(line)
		rows = append(rows, row)
	}
	if *update && kept.String() != string(source) {
		if err := os.WriteFile(path, []byte(kept.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

// unwrappedLine parses a line such as //api:unwrapped METHOD PATH: reason.
func unwrappedLine(t *testing.T, name, line string) (row coverageRow, marked bool) {
	t.Helper()
	text, marked := strings.CutPrefix(strings.TrimSpace(line), unwrappedMark)
	if !marked {
		text, marked = strings.CutPrefix(strings.TrimSpace(line), untooledMark)
	}
	if !marked {
		return coverageRow{}, false
	}
	route, reason, _ := strings.Cut(text, ": ")
	method, at, _ := strings.Cut(route, " ")
	if reason == "" || !strings.HasPrefix(at, "/") {
		t.Errorf("%s: %q is no METHOD PATH: reason", name, text)
	}
	return coverageRow{operation: operation{name, method, at}, unwrapped: reason}, true
}

// tested adds the recordings and the stories of a cloud's operations.
func tested(t *testing.T, name string, rows map[string]*coverageRow) {
	t.Helper()
	for _, file := range filesOf(t, "api", name, "*.json") {
		var recorded struct{ Operation, Method, Path string }
		if err := json.Unmarshal(file.content, &recorded); err != nil {
			t.Fatalf("%s: %v", file.name, err)
		}
		if method, path, ok := strings.Cut(recorded.Operation, " "); ok {
			recorded.Method, recorded.Path = method, path
		}
		row := routed(rows, recorded.Method, recorded.Path)
		if row == nil {
			t.Errorf("%s: %s %s is no operation of %s", file.name, recorded.Method, recorded.Path, name)
			continue
		}
		row.recordings = append(row.recordings, file.name)
	}
	for _, file := range filesOf(t, "scripts", "*.txtar") {
		sent, called := sentIn(rows, name, string(file.content)), calledIn(name, string(file.content))
		for _, row := range rows {
			uses := func(d *tool.Definition) bool { return called[d.Name] }
			if sent[row] || row.reads && slices.ContainsFunc(row.tools, uses) {
				row.stories = append(row.stories, file.name)
			}
		}
	}
}

type namedFile struct {
	name    string
	content []byte
}

func filesOf(t *testing.T, parts ...string) []namedFile {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(append([]string{"..", "..", "testdata"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	var files []namedFile
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Base(path)
		files = append(files, namedFile{strings.TrimSuffix(base, filepath.Ext(base)), content})
	}
	return files
}

// routed returns the operation that a path belongs to, as a server routes it: of
// several, the one with the fewest parameters; nil for none.
func routed(rows map[string]*coverageRow, method, path string) *coverageRow {
	var best *coverageRow
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for _, row := range rows {
		route := strings.Split(strings.Trim(row.path, "/"), "/")
		fits := row.method == method && slices.EqualFunc(route, parts, func(r, p string) bool { return r == p || strings.HasPrefix(r, "{") })
		if fits && (best == nil || strings.Count(row.path, "{") < strings.Count(best.path, "{")) {
			best = row
		}
	}
	return best
}

var (
	// sentLine is a command of a story that checks a sent request.
	sentLine = regexp.MustCompile(`(?m)^(?:sent [1-9]\d*|await [1-9]\d*|body) (\S+) ([A-Z]+) (/\S+)$`)
	callLine = regexp.MustCompile(`(?m)^(?:! )?(?:call|start|until) \S+ ([a-z_]+) '\{(.*)$`)
	status   = regexp.MustCompile(`_[45]\d\d$`)
	account  = regexp.MustCompile(`"account":"([a-z]+)"`)
)

// sentIn returns the operations of a cloud that a story checks as sent.
func sentIn(rows map[string]*coverageRow, name, story string) map[*coverageRow]bool {
	sent := map[*coverageRow]bool{}
	for _, m := range sentLine.FindAllStringSubmatch(story, -1) {
		if m[1] == name {
			sent[routed(rows, m[2], m[3])] = true
		}
	}
	return sent
}

// calledIn returns the tools that a story calls on a cloud, or on all of them.
func calledIn(name, story string) map[string]bool {
	called := map[string]bool{}
	for _, m := range callLine.FindAllStringSubmatch(story, -1) {
		of := account.FindStringSubmatch(m[2])
		if of == nil || of[1] == name {
			called[m[1]] = true
		}
	}
	return called
}

func writeCoverage(b *strings.Builder, name string, rows []coverageRow) {
	wrapped := 0
	for _, row := range rows {
		if row.unwrapped == "" {
			wrapped++
		}
	}
	fmt.Fprintf(b, "\n## %s: %d of %d\n\n| method | path | tool | effect | tested, or why it is not wrapped |\n| --- | --- | --- | --- | --- |\n", name, wrapped, len(rows))
	for _, row := range rows {
		if row.unwrapped != "" {
			fmt.Fprintf(b, "| %s | `%s` | – | – | not wrapped: %s |\n", row.method, row.path, row.unwrapped)
			continue
		}
		fmt.Fprintf(b, "| %s | `%s` | %s | %s | %s |\n", row.method, row.path, row.toolText(), row.effectText(), row.testText())
	}
}

// namesShown is how many names a cell shows; the rest is counted.
const namesShown = 5

func someOf(names []string) string {
	if rest := len(names) - namesShown; rest > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:namesShown], ", "), rest)
	}
	return strings.Join(names, ", ")
}

func (row coverageRow) toolText() string {
	var names []string
	for _, d := range row.tools {
		names = append(names, "`"+d.Name+"`")
	}
	text := someOf(names)
	if row.plans > 0 {
		text += fmt.Sprintf("; plans of others: %d", row.plans)
	}
	return text
}

func (row coverageRow) effectText() string {
	if row.reads {
		return tool.Read.String()
	}
	var effects []string
	for _, e := range tool.Effects() {
		if slices.ContainsFunc(row.tools, func(d *tool.Definition) bool { return d.Effect == e }) {
			effects = append(effects, e.String())
		}
	}
	return strings.Join(effects, ", ")
}

func (row coverageRow) testText() string {
	var names []string
	for _, name := range row.recordings {
		if status.MatchString(name) { // a recorded error, beside the recording of a success
			continue
		}
		names = append(names, "*"+name+"*")
	}
	return someOf(append(names, row.stories...))
}
