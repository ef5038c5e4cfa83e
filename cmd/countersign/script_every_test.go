package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/cloud"
)

// play is one run of the stories that are played on every cloud.
type play struct {
	row storyRow
	// legacy makes all clients use revision 2025-11-25; http makes them reach
	// their servers over HTTP.
	legacy, http bool
}

// TestScriptsOnEveryCloud plays the adversary's stories for each row of the table.
// How a client shows forms does not depend on the cloud, so revision 2026-07-28 is
// played on all of them, and the older one on the first, for the stories with a
// form.
func TestScriptsOnEveryCloud(t *testing.T) {
	all, withForm := everyStory(t)
	for _, r := range storyRows() {
		t.Run(r.kind, func(t *testing.T) {
			t.Parallel()
			testscript.Run(t, scripts(&play{row: r}, all...))
		})
	}
	first := storyRows()[0]
	t.Run(first.kind+"_legacy", func(t *testing.T) {
		t.Parallel()
		testscript.Run(t, scripts(&play{row: first, legacy: true}, withForm...))
	})
	// Over HTTP a server is not the child of its client and does not end with it.
	overHTTP := func(stories []string) []string {
		return slices.DeleteFunc(slices.Clone(stories), func(file string) bool { return filepath.Base(file) == "client_vanishes.txtar" })
	}
	t.Run(first.kind+"_http", func(t *testing.T) {
		t.Parallel()
		testscript.Run(t, scripts(&play{row: first, http: true}, overHTTP(all)...))
	})
	t.Run(first.kind+"_http_legacy", func(t *testing.T) {
		t.Parallel()
		testscript.Run(t, scripts(&play{row: first, http: true, legacy: true}, overHTTP(withForm)...))
	})
}

// everyStory returns the stories that are played on every cloud, and those in which
// a client shows a form.
func everyStory(t *testing.T) (all, withForm []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(scriptsDir, "every", "*.txtar"))
	if err != nil || len(all) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	form := regexp.MustCompile(`(?m)^client \w+ form$`)
	for _, file := range all {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if form.Match(text) {
			withForm = append(withForm, file)
		}
	}
	return all, withForm
}

// set sets the variables of a script that are known from its row. $LOUD is $NAME in
// capitals, $DIFFERS the member that differs in $ANOTHER; the others are explained
// at storyRow. $OTHER and $THIRD are the accounts of the other clouds.
func (r storyRow) set(env *testscript.Env) {
	others := slices.DeleteFunc([]string{"gpcn", "voltagepark", "hostup"}, func(a string) bool { return a == r.account })
	for name, value := range map[string]string{
		"ACCOUNT": r.account, "KIND": r.kind, "MACHINES": r.control, "HOW": r.how, "UPDATE": r.update,
		"OTHER": others[0], "THIRD": others[1], "LIST": r.routes["list"].path, "RATE": r.rate(1), "NUMBER": r.number(),
		"METHOD": r.routes["delete"].method, "PATH_OF_DELETE": r.routes["delete"].path,
		"PRICE": r.price, "TOLD": r.told, "ENDS": r.ends, "DIFFERS": r.kind + `\.` + slices.Collect(maps.Keys(r.another))[0],
		"NAME": r.vm, "LOUD": strings.ToUpper(r.vm), "NOTHING": r.nothing,
		"CREATES": r.creates, "DELETES": r.deletes, "STOPS": r.stops, "NAMESAKES": r.namesakes,
	} {
		env.Setenv(name, value)
	}
}

// cmdLookup lets a client look up what the calls of a row need, and sets variables:
// lookup NAME.
//
// $CREATE creates node-1, $CREATE2 and $CREATE3 the same machine with another name,
// $ANOTHER another machine; $TURNED is $CREATE in another order. $INVENTED and
// $NAMED have a wrong ID in place of $MEANT. $VM is the machine called $NAME, $ODD
// another one, $NEARLY the ID of $VM with another end, $CAPITALS that ID in
// capitals. $DELETE, $STOP and $UPDATED act on $VM, $DELETE_ODD on $ODD; $GRANT
// requests a grant for two machines like $CREATE. The other variables are set by
// storyRow.set.
func cmdLookup(ts *testscript.TestScript, _ bool, args []string) {
	h, r := onlyHost(ts, args), theRow(ts)
	machines := fmt.Sprintf(`{"account":%q}`, r.account)
	for _, l := range append(slices.Clone(r.ids),
		lookup{variable: "VM", tool: "list_vms", arguments: machines, path: "vms.name=" + r.vm + ".id"},
		lookup{variable: "ODD", tool: "list_vms", arguments: machines, path: "vms.name=" + r.odd + ".id"},
	) {
		cmdStart(ts, false, []string{args[0], l.tool, os.Expand(l.arguments, ts.Getenv)})
		found := h.await(ts, func(report hostReport) bool { return report.ID == h.pending })
		value, ok := dig(ts, string(outputOf(found)), l.path)
		if !ok {
			ts.Fatalf("%s is not there:\n%s", l.path, outputOf(found))
		}
		ts.Setenv(l.variable, strings.TrimPrefix(value, l.prefix))
	}
	const end = "0000"
	vm := ts.Getenv("VM")
	for variable, text := range map[string]string{
		"CREATE": r.create("node-1", nil), "CREATE2": r.create("node-2", nil), "CREATE3": r.create("node-3", nil),
		"ANOTHER": r.create("node-1", r.another), "INVENTED": r.create("node-1", r.invented), "NAMED": r.create("node-1", r.named),
		"TURNED": fmt.Sprintf(`{%q:{"name":"node-1",%s},"account":%q}`, r.kind, r.members(nil), r.account), "MEANT": r.meant,
		"DELETE":     fmt.Sprintf(`{"account":%q,"vm_id":"$VM"%s}`, r.account, r.how),
		"DELETE_ODD": fmt.Sprintf(`{"account":%q,"vm_id":"$ODD"%s}`, r.account, r.how),
		"STOP":       fmt.Sprintf(`{"account":%q,"vm_id":"$VM","action":"stop"}`, r.account),
		"GRANT":      fmt.Sprintf(`{"account":%q,"uses":2,"per_hour":%q,"until":%q,%q:{%s,"name":"any"}}`, r.account, r.rate(2), time.Now().Add(time.Hour).UTC().Format(time.RFC3339), r.kind, r.members(nil)),
		"UPDATED":    fmt.Sprintf(`{"account":%q,"vm_id":"$VM",%s}`, r.account, r.update),
		"NEARLY":     vm[:len(vm)-len(end)] + end, "CAPITALS": strings.ToUpper(vm),
	} {
		ts.Setenv(variable, os.Expand(text, ts.Getenv))
	}
}

// rate returns the hourly price of n of the machines; 1 USD if it is unknown.
func (r storyRow) rate(n int64) string {
	var each cloud.Money
	text, _, _ := strings.Cut(strings.ReplaceAll(r.price, `\`, ""), " per hour")
	if each.UnmarshalText([]byte(text)) != nil {
		return "1 USD"
	}
	return each.Times(n).String()
}

// number returns a number of the block as JSON; empty if it has none.
func (r storyRow) number() string {
	for _, value := range r.block {
		if n, ok := value.(int); ok {
			return strconv.Itoa(n)
		}
	}
	return ""
}

// create returns the arguments of create_vm for a machine of that name.
func (r storyRow) create(name string, changed map[string]any) string {
	return fmt.Sprintf(`{"account":%q,%q:{%s,"name":%q}}`, r.account, r.kind, r.members(changed), name)
}

// members returns the members of the block, except the name, as JSON without
// braces.
func (r storyRow) members(changed map[string]any) string {
	block := maps.Clone(r.block)
	maps.Copy(block, changed)
	raw, err := json.Marshal(block)
	if err != nil {
		panic(err) // strings and numbers of the table
	}
	return string(raw[1 : len(raw)-1])
}

// route returns the vendor, method and path of the arguments, which are these three
// or one word of the row.
func route(ts *testscript.TestScript, args []string) (vendor, method, path string) {
	if len(args) == 3 {
		return args[0], args[1], args[2]
	}
	r := theRow(ts)
	if len(args) != 1 || r.routes[args[0]].path == "" {
		ts.Fatalf("%q is no route: VENDOR METHOD PATH, or create, update, stop, delete or list", args)
	}
	return r.account, r.routes[args[0]].method, r.routes[args[0]].path
}

// theRow returns the row of the script.
func theRow(ts *testscript.TestScript) storyRow {
	w := theWorld(ts)
	if w.play == nil {
		ts.Fatalf("this script is played for no row")
	}
	return w.play.row
}

// machineNow is a machine in the sandbox.
type machineNow struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// machinesOf returns the row's machines in the sandbox, in the order of their
// creation.
func machinesOf(ts *testscript.TestScript, r storyRow) []machineNow {
	var lists map[string][]machineNow
	ts.Check(json.Unmarshal(request(ts, http.MethodGet, r.control, ""), &lists))
	return lists[r.list]
}

// cmdMade checks the number of machines in the sandbox that are new since the
// start; they become stdout: made N.
func cmdMade(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: made N")
	}
	made := slices.DeleteFunc(machinesOf(ts, theRow(ts)), func(m machineNow) bool { return theWorld(ts).before[m.ID] })
	if strconv.Itoa(len(made)) != args[0] {
		ts.Fatalf("%d machines were made, want %s: %v", len(made), args[0], made)
	}
	raw, err := json.Marshal(struct {
		Made []machineNow `json:"made"`
	}{made})
	ts.Check(err)
	_, _ = ts.Stdout().Write(raw)
}

// cmdWrite writes a line to a file, as a person would: write FILE TEXT.
func cmdWrite(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: write FILE TEXT")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(args[1]+"\n"), 0o600))
}
