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

// play is one telling of the stories that are told of every cloud.
type play struct {
	row storyRow
	// legacy lets all clients speak the revision 2025-11-25, http lets them reach
	// their servers over HTTP.
	legacy, http bool
}

// TestScriptsOnEveryCloud plays the adversary's stories for each row of the table.
// How a client shows forms does not depend on the cloud: the revision 2026-07-28 is
// played on all of them, the older one on the first, where there is a form.
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
	// Over HTTP a server is nobody's child: it does not end with its client.
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

// everyStory lists the stories that are told of every cloud, and those of them in
// which a client shows a form.
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

// set gives a script what is known of its row before anything is looked up. $LOUD
// is $NAME in capitals, $DIFFERS what is different in $ANOTHER; the others are
// explained at storyRow. $OTHER and $THIRD are the accounts of the other clouds.
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

// cmdLookup lets a client look up what the calls of a row need, and sets them as
// variables: lookup NAME.
//
// $CREATE makes node-1, $CREATE2 and $CREATE3 the same machine by another name,
// $ANOTHER another machine; $TURNED is $CREATE in another order. $INVENTED and
// $NAMED hold what is no ID, where $MEANT is. $VM is the machine called $NAME, $ODD
// another one, $NEARLY the ID of $VM but for its end, $CAPITALS that ID in capitals.
// $DELETE, $STOP and $UPDATED are about $VM, $DELETE_ODD about $ODD; $GRANT asks for two
// machines like $CREATE. What is known before that stands at storyRow.set.
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

// rate is what n of the machines cost per hour together; 1 USD where that is not known.
func (r storyRow) rate(n int64) string {
	var each cloud.Money
	text, _, _ := strings.Cut(strings.ReplaceAll(r.price, `\`, ""), " per hour")
	if each.UnmarshalText([]byte(text)) != nil {
		return "1 USD"
	}
	return each.Times(n).String()
}

// number is one of the block's, as JSON has it; empty where it has none.
func (r storyRow) number() string {
	for _, value := range r.block {
		if n, ok := value.(int); ok {
			return strconv.Itoa(n)
		}
	}
	return ""
}

// create is the arguments of create_vm for a machine of that name.
func (r storyRow) create(name string, changed map[string]any) string {
	return fmt.Sprintf(`{"account":%q,%q:{%s,"name":%q}}`, r.account, r.kind, r.members(changed), name)
}

// members are those of the block, but for the name, as JSON without the braces.
func (r storyRow) members(changed map[string]any) string {
	block := maps.Clone(r.block)
	maps.Copy(block, changed)
	raw, err := json.Marshal(block)
	if err != nil {
		panic(err) // strings and numbers of the table
	}
	return string(raw[1 : len(raw)-1])
}

// route is the vendor, method and path that a script means: these themselves, or
// one word of its row.
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

// theRow is the row that the script is played for.
func theRow(ts *testscript.TestScript) storyRow {
	w := theWorld(ts)
	if w.play == nil {
		ts.Fatalf("this script is played for no row")
	}
	return w.play.row
}

// machineNow is a machine as the sandbox has it.
type machineNow struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// machinesOf are the row's machines in the sandbox, in the order of their making.
func machinesOf(ts *testscript.TestScript, r storyRow) []machineNow {
	var lists map[string][]machineNow
	ts.Check(json.Unmarshal(request(ts, http.MethodGet, r.control, ""), &lists))
	return lists[r.list]
}

// cmdMade checks how many machines the sandbox has that it did not have at its
// beginning; they become stdout: made N.
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

// cmdWrite writes a line into a file, as what a person types: write FILE TEXT.
func cmdWrite(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: write FILE TEXT")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(args[1]+"\n"), 0o600))
}
