package prompts_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/prompt"
	"countersign/internal/tool"
	"countersign/prompts"
)

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
