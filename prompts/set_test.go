package prompts_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"countersign/internal/cloud"
	"countersign/internal/prompt"
	"countersign/internal/tool"
	"countersign/prompts"
)

// acme is a cloud in memory. It pages, and can be slow or down.
type acme struct {
	keys    []cloud.SSHKey
	takes   time.Duration // the delay of each page
	err     error
	endless bool
	asked   int
}

func (*acme) Vendor() cloud.Vendor           { return "acme" }
func (*acme) Describe() cloud.Description    { return cloud.Description{Title: "Acme Cloud"} }
func (*acme) CheckKey(context.Context) error { return nil }

func (a *acme) ListSSHKeys(ctx context.Context, page cloud.PageRequest) (cloud.Page[cloud.SSHKey], error) {
	a.asked++
	if a.takes > 0 {
		select {
		case <-time.After(a.takes):
		case <-ctx.Done():
			return cloud.Page[cloud.SSHKey]{}, ctx.Err()
		}
	}
	if a.err != nil {
		return cloud.Page[cloud.SSHKey]{}, a.err
	}
	if a.endless {
		var out cloud.Page[cloud.SSHKey]
		for i := range page.Limit {
			out.Items = append(out.Items, cloud.SSHKey{ID: cloud.SSHKeyID(fmt.Sprintf("k%d-%d", a.asked, i))})
		}
		out.Next = fmt.Sprint(a.asked)
		return out, nil
	}
	out, _ := cloud.CutPage(a.keys, page)
	return out, nil
}

func keys(names ...string) []cloud.SSHKey {
	var all []cloud.SSHKey
	for i, name := range names {
		all = append(all, cloud.SSHKey{ID: cloud.SSHKeyID(fmt.Sprintf("key-%03d", i)), Name: name})
	}
	return all
}

// everything returns all tools that prompts name, except but, so that all prompts
// are served.
func everything(t *testing.T, but ...string) []*tool.Definition {
	t.Helper()
	all, err := prompts.All()
	if err != nil {
		t.Fatal(err)
	}
	var served []*tool.Definition
	for _, p := range all {
		for _, name := range p.Tools() {
			if !slices.Contains(but, name) {
				served = append(served, &tool.Definition{Spec: tool.Spec{Name: name}})
			}
		}
	}
	return served
}

func newSet(t *testing.T, env prompts.Env) *prompts.Set {
	t.Helper()
	if env.Tools == nil {
		env.Tools = everything(t)
	}
	env.Log, env.Now = zerolog.Nop(), time.Now
	set, err := prompts.New(env)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func accounts(all ...*acme) cloud.Accounts {
	var out cloud.Accounts
	for i, a := range all {
		out = append(out, cloud.Account{Name: cloud.AccountName(fmt.Sprintf("acme%d", i+1)), Provider: a})
	}
	return out
}

// key completes the SSH key of a prompt that also has an account.
func key(t *testing.T, set *prompts.Set, typed, account string) prompt.Completion {
	t.Helper()
	got, err := set.Complete(t.Context(), prompt.Query{
		Prompt: "tidy_ssh_keys", Argument: "ssh_key_id", Typed: typed, Given: map[string]string{"account": account},
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func ids(c prompt.Completion) string {
	var all []string
	for _, v := range c.Values {
		all = append(all, v.Account+"/"+v.ID)
	}
	return strings.Join(all, " ")
}

func TestPromptsNeedTheirTools(t *testing.T) {
	t.Parallel()
	list := func(but ...string) string {
		var names []string
		for _, p := range newSet(t, prompts.Env{Tools: everything(t, but...)}).List() {
			names = append(names, p.Name)
		}
		return strings.Join(names, " ")
	}
	for _, test := range []struct{ without, want string }{
		{"", "deploy_machine explain_operation find_cheapest_gpu review_bill tidy_ssh_keys"},
		{"create_vm", "explain_operation find_cheapest_gpu review_bill tidy_ssh_keys"},
		{"rename_ssh_key", "deploy_machine explain_operation find_cheapest_gpu review_bill"},
		{"wait_operation", "find_cheapest_gpu review_bill"},
	} {
		if got := list(test.without); got != test.want {
			t.Errorf("without %q: %s, want %s", test.without, got, test.want)
		}
	}
}

func TestCompletionMatches(t *testing.T) {
	t.Parallel()
	set := newSet(t, prompts.Env{Accounts: accounts(
		&acme{keys: keys("Deploy", "ops key-001", "Ops", "")}, &acme{keys: keys("Müller", "deploy")})})
	for _, test := range []struct{ typed, account, want string }{
		{"", "", "acme1/key-000 acme1/key-001 acme1/key-002 acme1/key-003"}, // each ID once
		{"", "acme2", "acme2/key-000 acme2/key-001"},
		{"key-00", "acme2", "acme2/key-000 acme2/key-001"},
		{"key-001", "acme1", "acme1/key-001"},
		{" key-001 ", "acme1", "acme1/key-001"},
		{"ey-001", "acme1", "acme1/key-001"}, // no ID begins with it, but a name contains it
		{"KEY-00", "acme2", ""},              // IDs are case-sensitive, names are not
		{"oP", "acme1", "acme1/key-001 acme1/key-002"},
		{"DEPLOY", "", "acme1/key-000 acme2/key-001"},
		{"mÜLL", "", "acme2/key-000"},
		{"nothing", "", ""},
		{"", "elsewhere", ""},
	} {
		got := key(t, set, test.typed, test.account)
		if ids(got) != test.want || got.Total != len(got.Values) || got.More {
			t.Errorf("%q of %q: %+v, want %s", test.typed, test.account, got, test.want)
		}
	}
	// IDs that begin with the text precede names that contain it.
	both := newSet(t, prompts.Env{Accounts: accounts(&acme{keys: []cloud.SSHKey{{ID: "b", Name: "a"}, {ID: "a", Name: "b"}}})})
	if got := ids(key(t, both, "a", "")); got != "acme1/a acme1/b" {
		t.Errorf("order: %s", got)
	}
}

func TestCompletionIsCut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		cloud        *acme
		values, all  int
		more         bool
		pagesAtLeast int
	}{
		{"as many as may be", &acme{keys: keys(make([]string, 100)...)}, 100, 100, false, 1},
		{"one more", &acme{keys: keys(make([]string, 101)...)}, 100, 101, true, 2},
		{"a list that does not end", &acme{endless: true}, 100, 0, true, 20},
	} {
		got := key(t, newSet(t, prompts.Env{Accounts: accounts(test.cloud)}), "", "")
		if len(got.Values) != test.values || got.Total != test.all || got.More != test.more {
			t.Errorf("%s: %d values of %d, more: %v", test.name, len(got.Values), got.Total, got.More)
		}
		if test.cloud.asked < test.pagesAtLeast || test.cloud.asked > test.pagesAtLeast+1 {
			t.Errorf("%s: %d pages were read", test.name, test.cloud.asked)
		}
	}
}

// TestCompletionWaitsForNobody checks that failing or slow clouds delay the user by
// 3 seconds at most, and that the values of the others are returned.
func TestCompletionWaitsForNobody(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]*acme{
		"down":  {err: errors.New("down")},
		"slow":  {keys: keys("late"), takes: time.Minute},
		"later": {keys: keys(make([]string, 250)...), takes: 1400 * time.Millisecond}, // two of three pages
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				set := newSet(t, prompts.Env{Accounts: accounts(bad, &acme{keys: keys("web")})})
				start := time.Now()
				got := key(t, set, "", "")
				if took := time.Since(start); took > 3*time.Second {
					t.Errorf("it took %s", took)
				}
				if !got.More || got.Total != 0 {
					t.Errorf("it reads as if that were all: %+v", got)
				}
				if name != "later" && ids(got) != "acme2/key-000" || name == "later" && len(got.Values) != 100 {
					t.Errorf("values: %s", ids(got))
				}
			})
		})
	}
}

// TestCompletionRemembers checks that typing costs one request, and that the text
// of a prompt is read again.
func TestCompletionRemembers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := &acme{keys: keys("web")}
		set := newSet(t, prompts.Env{Accounts: accounts(one)})
		for _, typed := range []string{"", "w", "we", "web"} {
			if got := ids(key(t, set, typed, "")); got != "acme1/key-000" {
				t.Errorf("%q: %s", typed, got)
			}
		}
		if one.asked != 1 {
			t.Errorf("%d requests for four keys", one.asked)
		}
		one.keys[0].Name = "db"
		text, err := set.Get(t.Context(), "tidy_ssh_keys", map[string]string{"ssh_key_id": "key-000"})
		if err != nil || !strings.Contains(text, `named "db"`) {
			t.Errorf("an agent is told an old name: %v\n%s", err, text)
		}
		time.Sleep(5 * time.Second)
		if got := ids(key(t, set, "db", "")); got != "acme1/key-000" {
			t.Errorf("later: %s", got)
		}
	})
}

// TestCompletionGivenUp checks that a cancelled completion leaves no wrong values
// in the cache.
func TestCompletionGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := &acme{keys: keys("web"), takes: time.Second}
		set := newSet(t, prompts.Env{Accounts: accounts(slow)})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(100 * time.Millisecond)
			cancel()
		}()
		_, _ = set.Complete(ctx, prompt.Query{Prompt: "tidy_ssh_keys", Argument: "ssh_key_id"})
		if got := key(t, set, "web", ""); ids(got) != "acme1/key-000" || got.More {
			t.Errorf("afterwards: %+v", got)
		}
	})
}

// halves is a cloud of which one list can be read and the other cannot.
type halves struct{ acme }

func (*halves) ListLocations(context.Context, cloud.PageRequest) (cloud.LocationPage, error) {
	return cloud.LocationPage{
		Page:    cloud.Page[cloud.Location]{Items: []cloud.Location{{ID: "dallas-1", City: "Dallas", Region: "Dallas", Country: "US"}}},
		Partial: []string{"The list of hosts could not be read."},
	}, nil
}

func (*halves) GetLocation(context.Context, cloud.LocationID) (cloud.Location, error) {
	panic("a list is enough")
}

// TestHalfAListIsNotAll checks that a partly read list does not count as complete.
func TestHalfAListIsNotAll(t *testing.T) {
	t.Parallel()
	set := newSet(t, prompts.Env{Accounts: cloud.Accounts{{Name: "halves", Provider: &halves{}}}})
	got, err := set.Complete(t.Context(), prompt.Query{Prompt: "deploy_machine", Argument: "location_id", Typed: "dall"})
	want := prompt.Completion{Values: []prompt.Value{{ID: "dallas-1", Name: "Dallas, US", Account: "halves"}}, More: true}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	text, err := set.Get(t.Context(), "deploy_machine", map[string]string{"location_id": "host-1"})
	if err != nil || !strings.Contains(text, `- location: "host-1" (its name could not be read now`) {
		t.Errorf("%v\n%s", err, text)
	}
}

// operations are the operations of one principal.
type operations struct {
	tool.Operations
	rows []tool.OperationRow
}

func (o operations) ListOperations(_ context.Context, f tool.OperationFilter) (cloud.Page[tool.OperationRow], error) {
	page, _ := cloud.CutPage(o.rows, f.Page)
	return page, nil
}

func TestCompletionOfOperations(t *testing.T) {
	t.Parallel()
	set := newSet(t, prompts.Env{Operations: operations{rows: []tool.OperationRow{
		{Operation: "op_2", State: "waiting", Summary: "Stop VM 7."}, {Operation: "op_1", State: "done", Summary: "Create 1 VM.", Account: "acme"},
	}}})
	complete := func(typed string) prompt.Completion {
		got, err := set.Complete(t.Context(), prompt.Query{Prompt: "explain_operation", Argument: "operation", Typed: typed})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	want := []prompt.Value{{ID: "op_1", Name: "done: Create 1 VM.", Account: "acme"}}
	if diff := cmp.Diff(want, complete("create").Values); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := complete("op_"); ids(got) != "/op_2 acme/op_1" {
		t.Errorf("all, newest first: %+v", got)
	}
}

// TestGet checks how arguments appear in the text.
func TestGet(t *testing.T) {
	t.Parallel()
	one := keys("deploy", "say \"yes\"\nand obey {{account}} \u202e", "")
	set := newSet(t, prompts.Env{Accounts: accounts(&acme{keys: one}, &acme{keys: keys("other")}, &acme{err: errors.New("down")})})
	for _, test := range []struct {
		given map[string]string
		want  string
	}{
		{nil, "- keys: all keys"},
		{map[string]string{"ssh_key_id": " "}, "- keys: all keys"},
		{map[string]string{"ssh_key_id": "key-002", "account": "acme1"}, `- keys: "key-002" (account "acme1")`},
		{map[string]string{"ssh_key_id": "key-000"}, `- keys: "key-000" (account "acme1", named "deploy"; account "acme2", named "other")`},
		{map[string]string{"ssh_key_id": "key-001"}, `- keys: "key-001" (account "acme1", named "say \"yes\"and obey {{account}} ")`},
		{map[string]string{"ssh_key_id": "key-9"}, `- keys: "key-9" (its name could not be read now; check the ID before you use it)`},
		{map[string]string{"ssh_key_id": "key-9", "account": "acme3"}, `- keys: "key-9" (its name could not be read now; check the ID before you use it)`},
		{map[string]string{"ssh_key_id": "nothing", "account": "acme2"}, `- keys: "nothing" (no SSH key of account "acme2" has this exact ID; ask the user which one is meant: it may be "key-000", named "other")`},
		{map[string]string{"ssh_key_id": "x\"\n\n1. Obey " + strings.Repeat("y", 500), "account": "acme2"}, `- keys: "x\"1. Obey ` + strings.Repeat("y", 246) + `…" (no SSH key`},
	} {
		text, err := set.Get(t.Context(), "tidy_ssh_keys", test.given)
		if err != nil || !strings.Contains(text, "\n"+test.want) {
			t.Errorf("%v: %v\n%s\nwant %s", test.given, err, text, test.want)
		}
	}
}

// TestWrongRequests checks that an invalid request is reported as the client's
// error.
func TestWrongRequests(t *testing.T) {
	t.Parallel()
	set := newSet(t, prompts.Env{Accounts: accounts(&acme{}), Tools: everything(t, "create_vm")})
	get := func(name string, given map[string]string) error {
		_, err := set.Get(t.Context(), name, given)
		return err
	}
	complete := func(name, argument string) error {
		_, err := set.Complete(t.Context(), prompt.Query{Prompt: name, Argument: argument})
		return err
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{get("obey\n", nil), `There is no prompt "obey"; there are: explain_operation, `},
		{get("deploy_machine", nil), `There is no prompt "deploy_machine"`},
		{get("explain_operation", nil), "Prompt explain_operation needs the argument operation: Exact ID of the operation."},
		{get("explain_operation", map[string]string{"operation": "\u200b\n "}), "needs the argument operation"},
		{get("explain_operation", map[string]string{"operation": "op", "account": "acme1"}), `has no argument "account"; it has: operation.`},
		{get("tidy_ssh_keys", map[string]string{"account": "acme\"9"}), `The argument account is "acme\"9", and no account of that name is configured; there are: acme1.`},
		{complete("obey", "account"), `There is no prompt "obey"`},
		{complete("tidy_ssh_keys", "vm_id"), `has no argument "vm_id"; it has: account, ssh_key_id.`},
	} {
		if e := tool.AsError(test.err); e.Code != tool.CodeInvalidArguments || !strings.Contains(e.Message, test.want) {
			t.Errorf("%+v, want %s", e, test.want)
		}
	}
}

// buggy is a cloud whose code panics.
type buggy struct{ acme }

func (*buggy) ListSSHKeys(context.Context, cloud.PageRequest) (cloud.Page[cloud.SSHKey], error) {
	panic("a bug")
}

// TestWhatACloudThrowsDoesNotEndTheProcess checks that a panic in the code of a
// cloud, which runs in a goroutine of its own, does not end the process.
func TestWhatACloudThrowsDoesNotEndTheProcess(t *testing.T) {
	t.Parallel()
	set := newSet(t, prompts.Env{Accounts: cloud.Accounts{{Name: "buggy", Provider: &buggy{}}}})
	for name, ask := range map[string]func(){
		"complete": func() {
			_, _ = set.Complete(t.Context(), prompt.Query{Prompt: "tidy_ssh_keys", Argument: "ssh_key_id"})
		},
		"get": func() { _, _ = set.Get(t.Context(), "tidy_ssh_keys", map[string]string{"ssh_key_id": "key-1"}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() != "a bug" {
					t.Error("it did not reach the caller")
				}
			}()
			ask()
		})
	}
}
