package tools

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// shelf is an account with numbered rows and its own cursors.
type shelf struct {
	rows []string
	// odd is how the last page ends: with no cursor, with one that repeats, or
	// with one that leads to an empty page.
	odd  string
	fail int // the request that fails, from 1
	asks int
	most int // the longest page that was requested
	// gives is the longest page that it returns; 0 for any.
	gives int
}

func (s *shelf) list(page cloud.PageRequest) (cloud.Page[string], error) {
	s.asks++
	s.most = max(s.most, page.Limit)
	if s.asks == s.fail {
		return cloud.Page[string]{}, &cloud.Error{Kind: cloud.ErrUnavailable, Operation: "list rows", Message: "no answer"}
	}
	at := 0
	if page.Cursor != "" {
		n, err := strconv.Atoi(page.Cursor)
		if err != nil {
			return cloud.Page[string]{}, err
		}
		at = n
	}
	end := min(at+page.Limit, len(s.rows))
	if s.gives > 0 {
		end = min(end, at+s.gives)
	}
	got := cloud.Page[string]{Items: s.rows[at:end], Next: strconv.Itoa(end)}
	if end == len(s.rows) && s.odd != "an empty page follows" {
		got.Next = ""
		if s.odd == "the cursor repeats" {
			got.Next = page.Cursor
		}
	}
	if at == len(s.rows) {
		got.Next = ""
	}
	return got, nil
}

func shelves(all ...*shelf) []cloud.Capable[*shelf] {
	var accounts []cloud.Capable[*shelf]
	for i, s := range all {
		accounts = append(accounts, cloud.Capable[*shelf]{Account: cloud.AccountName(fmt.Sprint("account-", i)), Cloud: s})
	}
	return accounts
}

func listShelf(_ context.Context, a cloud.Capable[*shelf], page cloud.PageRequest) (cloud.Page[string], []string, error) {
	p, err := a.Cloud.list(page)
	return p, nil, err
}

// stock returns n different rows of that length.
func stock(name string, n, length int) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf("%s-%04d", name, i) + strings.Repeat("x", length)
	}
	return rows
}

// TestEveryRowOnce pages through random accounts with random limits, long rows and
// filters. No page exceeds its limit or the size limit, and all pages together are
// all rows, once, in order.
func TestEveryRowOnce(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		var accounts []*shelf
		var want []string
		keepOne := 1 + random.IntN(4) // one in keepOne rows passes the filter
		for i := range 1 + random.IntN(4) {
			length := 10
			if random.IntN(4) == 0 {
				length = 5000
			}
			s := &shelf{
				rows: stock(fmt.Sprint(i), random.IntN(120), random.IntN(length)),
				odd:  []string{"", "the cursor repeats", "an empty page follows"}[random.IntN(3)],
			}
			accounts = append(accounts, s)
			want = append(want, passing(s.rows, keepOne)...)
		}
		filtered := func(ctx context.Context, a cloud.Capable[*shelf], page cloud.PageRequest) (cloud.Page[string], []string, error) {
			p, partial, err := listShelf(ctx, a, page)
			p.Items = passing(p.Items, keepOne)
			return p, partial, err
		}
		var got []string
		page := tool.Page{Limit: random.IntN(101)}
		for pages := 0; ; pages++ {
			out, err := gather(t.Context(), shelves(accounts...), "", page, filtered)
			if err != nil || len(out.failures) > 0 || pages > 1000 {
				t.Fatalf("round %d, page %d: %v %v", round, pages, err, out.failures)
			}
			if len(out.rows) > page.Size() {
				t.Fatalf("round %d: %d rows, asked for %d", round, len(out.rows), page.Size())
			}
			if size := jsonSize(out.rows); size > maxListBytes+100 && len(out.rows) > 1 {
				t.Fatalf("round %d: %d bytes in %d rows", round, size, len(out.rows))
			}
			got = append(got, out.rows...)
			if out.next == "" {
				break
			}
			page.Cursor = out.next
		}
		if !slices.Equal(got, want) {
			t.Fatalf("round %d: %d rows of %d, or in another order", round, len(got), len(want))
		}
		for _, s := range accounts {
			if s.most > chunk {
				t.Fatalf("round %d: a cloud was asked for %d rows at once", round, s.most)
			}
		}
	}
}

// passing returns the rows whose number is divisible by n.
func passing(rows []string, n int) []string {
	var kept []string
	for _, row := range rows {
		_, number, _ := strings.Cut(strings.TrimRight(row, "x"), "-")
		if i, err := strconv.Atoi(number); err == nil && i%n == 0 {
			kept = append(kept, row)
		}
	}
	return kept
}

// TestOneLongRow checks that a row too long for a page is sent alone, and that rows
// which are too long together are split.
func TestOneLongRow(t *testing.T) {
	t.Parallel()
	long := &shelf{rows: append(stock("long", 1, 2*maxListBytes), stock("short", 3, 0)...)}
	out, err := gather(t.Context(), shelves(long), "", tool.Page{}, listShelf)
	if err != nil || len(out.rows) != 1 || out.next == "" {
		t.Fatalf("%d rows, next %q, %v", len(out.rows), out.next, err)
	}
	out, err = gather(t.Context(), shelves(long), "", tool.Page{Cursor: out.next}, listShelf)
	if err != nil || len(out.rows) != 3 || out.next != "" {
		t.Errorf("then %d rows, next %q, %v", len(out.rows), out.next, err)
	}
}

// TestFailingAccounts checks that a failing cloud is a row of failures beside the
// rows of the others, and an error only if it is the only one requested.
func TestFailingAccounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		fail     []int // the request that fails, per account
		only     cloud.AccountName
		rows     int
		failures []string
		err      bool
	}{
		{"none", []int{0, 0}, "", 60, nil, false},
		{"the first", []int{1, 0}, "", 30, []string{"account-0"}, false},
		{"the last", []int{0, 1}, "", 30, []string{"account-1"}, false},
		{"in the middle of one", []int{2, 0}, "", 55, []string{"account-0"}, false},
		{"all", []int{1, 1}, "", 0, []string{"account-0", "account-1"}, false},
		{"the only one asked", []int{1, 0}, "account-0", 0, nil, true},
		{"the only one there is", []int{1}, "", 0, nil, true},
		{"the only one asked, after a page", []int{2, 0}, "account-0", 25, []string{"account-0"}, false},
		{"one that was not asked", []int{1, 0}, "account-1", 30, nil, false},
	}
	for _, test := range tests {
		var all []*shelf
		for i, fail := range test.fail {
			all = append(all, &shelf{rows: stock(fmt.Sprint(i), 30, 0), fail: fail, gives: 25})
		}
		out, err := gather(t.Context(), shelves(all...), test.only, tool.Page{Limit: 100}, listShelf)
		if test.err {
			if !cloud.IsKind(err, cloud.ErrUnavailable) {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		var failed []string
		for _, f := range out.failures {
			failed = append(failed, f.Account)
		}
		if err != nil || len(out.rows) != test.rows || !slices.Equal(failed, test.failures) {
			t.Errorf("%s: %d rows, failures %v, %v", test.name, len(out.rows), failed, err)
		}
	}
}

// TestPartialListsAreReportedOnce checks that a failure which a list reports with every
// page is reported once.
func TestPartialListsAreReportedOnce(t *testing.T) {
	t.Parallel()
	s := &shelf{rows: stock("a", 90, 0)}
	out, err := gather(t.Context(), shelves(s), "", tool.Page{Limit: 100},
		func(ctx context.Context, a cloud.Capable[*shelf], page cloud.PageRequest) (cloud.Page[string], []string, error) {
			p, _, err := listShelf(ctx, a, page)
			return p, []string{"stock could not be read."}, err
		})
	if err != nil || len(out.rows) != 90 || len(out.failures) != 1 || !strings.HasPrefix(out.failures[0].Message, "stock could not be read. ") {
		t.Errorf("%d rows, %+v, %v", len(out.rows), out.failures, err)
	}
}

// TestListThatDoesNotEnd checks that a call ends even if the pages of a cloud never
// end and have no matching row.
func TestListThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	asks := 0
	out, err := gather(t.Context(), shelves(&shelf{}), "", tool.Page{},
		func(_ context.Context, _ cloud.Capable[*shelf], _ cloud.PageRequest) (cloud.Page[string], []string, error) {
			if asks++; asks > 100_000 {
				return cloud.Page[string]{}, nil, errors.New("asked for ever")
			}
			return cloud.Page[string]{Next: strconv.Itoa(asks)}, nil, nil
		})
	if err != nil || out.next == "" || asks > 1000 {
		t.Errorf("%d requests, next %q, %v", asks, out.next, err)
	}
}

// TestCursors checks that only cursors of this list are accepted, so that a wrong
// one never reads like "there is nothing".
func TestCursors(t *testing.T) {
	t.Parallel()
	good := position{Account: "account-1", Cursor: "5"}.String()
	tests := []struct {
		name, cursor string
		only         cloud.AccountName
		rows         int // -1 if it is rejected
	}{
		{"none", "", "", 20},
		{"good", good, "", 5},
		{"good, with its account", good, "account-1", 5},
		{"of another account", good, "account-0", -1},
		{"of an account that is gone", position{Account: "account-9"}.String(), "", -1},
		{"garbage", "garbage!", "", -1},
		{"no position", "e30", "", -1},
		{"cut off", good[:len(good)-3], "", -1},
		{"a number", "5", "", -1},
	}
	for _, test := range tests {
		accounts := shelves(&shelf{rows: stock("a", 10, 0)}, &shelf{rows: stock("b", 10, 0)})
		out, err := gather(t.Context(), accounts, test.only, tool.Page{Cursor: test.cursor}, listShelf)
		if test.rows < 0 {
			if e := tool.AsError(err); err == nil || e.Code != tool.CodeInvalidArguments || !strings.Contains(e.Hint, "next_cursor") {
				t.Errorf("%s: %d rows, %v", test.name, len(out.rows), err)
			}
			continue
		}
		if err != nil || len(out.rows) != test.rows || out.rows == nil {
			t.Errorf("%s: %d rows, %v", test.name, len(out.rows), err)
		}
	}
}
