package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/internal/cloud"
	"countersign/internal/config"
)

// row is what differs from one kind of machine to the next in the stories of
// testdata/scripts/every, which are played for each of them. A script sees it as
// variables, and as the words create, delete, stop and list in the place of a
// route: see set, learn and route.
type row struct {
	// kind is the block of create_vm, account the one that has it.
	kind, account string
	// ids is what an agent looks up before it can create, in this order; each call
	// may use what came before.
	ids []lookup
	// block makes a machine, but for its name; another holds what to change in it
	// for another machine, and invented and named for an ID that was made up and
	// for a name in the place of an ID, which stands for $MEANT.
	block, another, invented, named map[string]any
	meant                           string
	// price is the cost of that machine as a person reads it.
	price string
	// machine is the name of a machine that runs, machines how the two are found
	// that stories act on, $VM and $ODD, and nothing the form of an ID of nothing.
	machine  string
	machines []lookup
	nothing  string
	// ends is what costs nothing more when the machine is deleted, and how a
	// member that delete_vm needs besides.
	ends, how string
	// update is a harmless change by update_vm.
	update string
	// What a call comes back with that was carried out: running where the cloud
	// goes on with it as a job, which ends when the sandbox's clock is moved.
	creates, deletes, stops string
	// control is where the sandbox has its machines, and list their member there.
	control, list string
	// routes are the vendor's own for what a story counts or disturbs.
	routes map[string]endpoint
}

// lookup is a value that a read-only call finds at a path of its output, without
// the prefix, if it has one.
type lookup struct{ variable, tool, arguments, path, prefix string }

// endpoint is a route of a vendor.
type endpoint struct{ method, path string }

// rows is the table: every kind of machine that any cloud can make.
func rows() []row {
	return []row{voltageParkVM(), gpcnVM(), gpcnGPU(), hostUpVPS()}
}

func voltageParkVM() row {
	const inStock = `{"account":"voltagepark","in_stock_only":true}`
	return row{
		kind: "voltagepark_vm", account: "voltagepark",
		ids: []lookup{
			{variable: "PRESET", tool: "list_offers", arguments: inStock, path: "offers.0.id"},
			{variable: "BIGGER", tool: "list_offers", arguments: inStock, path: "offers.1.id"},
		},
		block:    map[string]any{"config_id": "$PRESET"},
		another:  map[string]any{"config_id": "$BIGGER"},
		invented: map[string]any{"config_id": "00000000-0000-4000-8000-000000000000"},
		named:    map[string]any{"config_id": "h100"}, meant: "$PRESET",
		price:   `1\.99 USD per hour, 1432\.8 USD per 30 days`,
		machine: "train-1",
		machines: []lookup{
			{variable: "VM", tool: "list_vms", arguments: `{"account":"voltagepark"}`, path: "vms.name=train-1.id"},
			{variable: "ODD", tool: "list_vms", arguments: `{"account":"voltagepark"}`, path: "vms.1.id"},
		},
		nothing: "00000000-0000-4000-8000-000000000000",
		ends:    `1\.99 USD per hour -> 0 USD per hour`,
		update:  `"name":"node-9"`,
		creates: "done", deletes: "done", stops: "done",
		control: "/_sandbox/voltagepark/vms", list: "vms",
		routes: map[string]endpoint{
			"create": {"POST", "/api/v1/virtual-machines/instant"},
			"delete": {"DELETE", "/api/v1/virtual-machines/*"},
			"stop":   {"PUT", "/api/v1/virtual-machines/*"},
			"list":   {"GET", "/api/v1/virtual-machines/"},
		},
	}
}

func gpcnVM() row {
	return row{
		kind: "gpcn_vm", account: "gpcn",
		ids: []lookup{
			{variable: "DC", tool: "list_locations", arguments: `{"account":"gpcn"}`, path: "locations.city=Kansas.id"},
			{variable: "SKU", tool: "list_offers", arguments: `{"account":"gpcn","location_id":"$DC"}`, path: "offers.name=G-Small-1.id"},
			{variable: "BIGGER", tool: "list_offers", arguments: `{"account":"gpcn","location_id":"$DC"}`, path: "offers.name=G-Medium-1.id"},
			{variable: "IMAGE", tool: "list_images", arguments: `{"account":"gpcn","location_id":"$DC"}`, path: "images.0.id"},
			{variable: "KEY", tool: "list_ssh_keys", arguments: `{"account":"gpcn"}`, path: "ssh_keys.name=ops-laptop.id"},
		},
		block:    map[string]any{"datacenter_id": "$DC", "sku_id": "$SKU", "image_id": "$IMAGE", "auth_method": "ssh-key", "ssh_key_id": "$KEY"},
		another:  map[string]any{"sku_id": "$BIGGER"},
		invented: map[string]any{"image_id": "00000000-0000-4000-8000-000000000000"},
		named:    map[string]any{"sku_id": "G-Small-1"}, meant: "$SKU",
		price:   "UNKNOWN",
		machine: "web-1",
		machines: []lookup{
			{variable: "VM", tool: "list_vms", arguments: `{"account":"gpcn"}`, path: "vms.name=web-1.id"},
			{variable: "ODD", tool: "list_vms", arguments: `{"account":"gpcn"}`, path: "vms.name=db-1.id"},
		},
		nothing: "00000000-0000-4000-8000-000000000000",
		ends:    "UNKNOWN",
		update:  `"name":"node-9"`,
		// Whether a stop is answered with a job is not documented, and here it is not.
		creates: "running", deletes: "running", stops: "done",
		control: "/_sandbox/gpcn/vms", list: "vms",
		routes: map[string]endpoint{
			"create": {"POST", "/v1/resource/virtual-machines"},
			"delete": {"DELETE", "/v1/resource/virtual-machines/*"},
			"stop":   {"POST", "/v1/resource/virtual-machines/*/stop"},
			"list":   {"GET", "/v1/resource/virtual-machines"},
		},
	}
}

func gpcnGPU() row {
	const free = `{"account":"gpcn","location_id":"$DC"}`
	return row{
		kind: "gpcn_gpu", account: "gpcn",
		ids: []lookup{
			{variable: "DC", tool: "list_locations", arguments: `{"account":"gpcn"}`, path: "locations.city=Kansas.id"},
			{variable: "SERIES", tool: "list_offers", arguments: free, path: "offers.id=gpu_1x_a6000.with.0", prefix: "series_id="},
			{variable: "KEY", tool: "list_ssh_keys", arguments: `{"account":"gpcn"}`, path: "ssh_keys.name=ops-laptop.id"},
		},
		block:    map[string]any{"datacenter_id": "$DC", "series_id": "$SERIES", "gpu_count": 1, "sku_code": "gpu_1x_a6000", "ssh_key_id": "$KEY"},
		another:  map[string]any{"image_name": "ubuntu-22.04"},
		invented: map[string]any{"ssh_key_id": "00000000-0000-4000-8000-000000000000"},
		named:    map[string]any{"series_id": "RTX A6000 Series"}, meant: "$SERIES",
		price:   "UNKNOWN",
		machine: "train-1",
		machines: []lookup{
			{variable: "VM", tool: "list_vms", arguments: `{"account":"gpcn"}`, path: "vms.name=train-1.id"},
			{variable: "ODD", tool: "list_vms", arguments: `{"account":"gpcn"}`, path: "vms.name=notebook.id"},
		},
		nothing: "00000000-0000-4000-8000-000000000000",
		ends:    "UNKNOWN",
		update:  `"name":"node-9"`,
		// The bulk stop, which is all that GPU VMs have, makes no job.
		creates: "running", deletes: "running", stops: "done",
		control: "/_sandbox/gpcn/vms", list: "gpus",
		routes: map[string]endpoint{
			"create": {"POST", "/v1/resource/gpu"},
			"delete": {"DELETE", "/v1/resource/gpu/*"},
			"stop":   {"POST", "/v1/resource/gpu/bulk/stop"},
			"list":   {"GET", "/v1/resource/gpu"},
		},
	}
}

func hostUpVPS() row {
	return row{
		kind: "hostup_vps", account: "hostup",
		ids: []lookup{
			{variable: "REGION", tool: "list_offers", arguments: `{"account":"hostup","vcpus":2,"ram_gb":4,"storage_gb":80}`, path: "offers.block=hostup_vps.id"},
		},
		block:    map[string]any{"cpu_cores": 2, "memory_gb": 4, "storage_gb": 80, "region": "$REGION"},
		another:  map[string]any{"memory_gb": 8},
		invented: map[string]any{"region": "uppsala"},
		named:    map[string]any{"region": "Stockholm"}, meant: "$REGION",
		price:   `0\.66 SEK per hour, 475\.2 SEK per 30 days`,
		machine: "app-01",
		machines: []lookup{
			{variable: "VM", tool: "list_vms", arguments: `{"account":"hostup"}`, path: "vms.name=app-01.id"},
			{variable: "ODD", tool: "list_vms", arguments: `{"account":"hostup"}`, path: "vms.name=legacy-01.id"},
		},
		nothing: "vps_00000000000000000000000000",
		ends:    "UNKNOWN", // a server of a plan has no price per hour
		how:     `,"cancel_type":"immediate"`,
		update:  `"hostname":"node-9.example.com"`,
		creates: "done", deletes: "done", stops: "running",
		control: "/_sandbox/hostup/vps", list: "vps",
		routes: map[string]endpoint{
			"create": {"POST", "/api/v2/vps/payg/deployments"},
			"delete": {"POST", "/api/v2/vps/*/actions/cancel"},
			"stop":   {"POST", "/api/v2/vps/*/actions/shutdown"},
			"list":   {"GET", "/api/v2/vps"},
		},
	}
}

// TestEveryKindOfMachineHasARow holds that no cloud and no kind of machine is
// left out of the stories.
func TestEveryKindOfMachineHasARow(t *testing.T) {
	accounts, _, err := connect(&config.Config{}, func(name string) (string, bool) {
		return sandboxKey, strings.HasSuffix(name, "_API_KEY")
	})
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, account := range cloud.Having[cloud.MachineMaker](accounts) {
		for _, kind := range account.Cloud.MachineKinds() {
			want = append(want, string(account.Account)+" "+kind.BlockName())
		}
	}
	for _, r := range rows() {
		got = append(got, r.account+" "+r.kind)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("rows for %q, and there are %q", got, want)
	}
	for _, account := range accounts {
		if !slices.ContainsFunc(got, func(r string) bool { return strings.HasPrefix(r, string(account.Name)+" ") }) {
			t.Errorf("%s has no row", account.Name)
		}
	}
}

// set gives a script what is known of its row before anything is looked up.
func (r row) set(env *testscript.Env) {
	for name, value := range map[string]string{
		"ACCOUNT": r.account, "KIND": r.kind, "PRICE": r.price, "ENDS": r.ends, "NAME": r.machine, "NOTHING": r.nothing,
		"HOW": r.how, "UPDATE": r.update, "CREATES": r.creates, "DELETES": r.deletes, "STOPS": r.stops, "MACHINES": r.control,
		"DIFFERS": r.kind + `\.` + slices.Collect(maps.Keys(r.another))[0],
	} {
		env.Setenv(name, value)
	}
}

// cmdLookup lets a client look up what the calls of a row need, and sets them:
// lookup NAME. $CREATE makes node-1, $CREATE2 and $CREATE3 the same machine by
// another name, $ANOTHER another machine; $TURNED is $CREATE in another order,
// $INVENTED and $NAMED name no ID. $DELETE and $STOP are about $VM,
// $DELETE_ODD about $ODD, and
// $NEARLY is the ID of $VM but for its end.
func cmdLookup(ts *testscript.TestScript, _ bool, args []string) {
	h, r := onlyHost(ts, args), theRow(ts)
	for _, l := range append(slices.Clone(r.ids), r.machines...) {
		cmdStart(ts, false, []string{args[0], l.tool, os.Expand(l.arguments, ts.Getenv)})
		found := h.await(ts, func(report hostReport) bool { return report.ID == h.pending })
		value, ok := dig(ts, string(outputOf(found)), l.path)
		if !ok {
			ts.Fatalf("%s is not there:\n%s", l.path, outputOf(found))
		}
		ts.Setenv(l.variable, strings.TrimPrefix(value, l.prefix))
	}
	const end = "0000"
	ts.Setenv("NEARLY", ts.Getenv("VM")[:len(ts.Getenv("VM"))-len(end)]+end)
	for variable, arguments := range map[string]string{
		"CREATE": r.create("node-1", nil), "CREATE2": r.create("node-2", nil), "CREATE3": r.create("node-3", nil),
		"ANOTHER": r.create("node-1", r.another), "INVENTED": r.create("node-1", r.invented), "NAMED": r.create("node-1", r.named),
		"TURNED":     fmt.Sprintf(`{%q:{"name":"node-1",%s},"account":%q}`, r.kind, r.members(nil), r.account),
		"DELETE":     fmt.Sprintf(`{"account":%q,"vm_id":"$VM"%s}`, r.account, r.how),
		"DELETE_ODD": fmt.Sprintf(`{"account":%q,"vm_id":"$ODD"%s}`, r.account, r.how),
		"STOP":       fmt.Sprintf(`{"account":%q,"vm_id":"$VM","action":"stop"}`, r.account),
		"MEANT":      r.meant,
	} {
		ts.Setenv(variable, os.Expand(arguments, ts.Getenv))
	}
}

// create is the arguments of create_vm for a machine of that name.
func (r row) create(name string, changed map[string]any) string {
	return fmt.Sprintf(`{"account":%q,%q:{%s,"name":%q}}`, r.account, r.kind, r.members(changed), name)
}

// members are those of the block, but for the name, as JSON without the braces.
func (r row) members(changed map[string]any) string {
	block := maps.Clone(r.block)
	maps.Copy(block, changed)
	raw, err := json.Marshal(block)
	if err != nil {
		panic(err) // strings and numbers of the table
	}
	return strings.Trim(string(raw), "{}")
}

// route is the vendor, method and path that a script means: these themselves, or
// one word of its row.
func route(ts *testscript.TestScript, args []string) (vendor, method, path string) {
	if len(args) == 3 {
		return args[0], args[1], args[2]
	}
	r := theRow(ts)
	if len(args) != 1 || r.routes[args[0]].path == "" {
		ts.Fatalf("%q is no route: VENDOR METHOD PATH, or create, delete, stop or list", args)
	}
	return r.account, r.routes[args[0]].method, r.routes[args[0]].path
}

// theRow is the row that the script is played for.
func theRow(ts *testscript.TestScript) row {
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
func machinesOf(ts *testscript.TestScript, r row) []machineNow {
	var lists map[string][]machineNow
	ts.Check(json.Unmarshal(request(ts, "GET", r.control, ""), &lists))
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
