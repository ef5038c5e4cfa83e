package tools

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

const (
	// chunk is the page size in rows for requests to a cloud: the most that every
	// cloud accepts, because clouds limit the number of requests.
	chunk = 100
	// maxListBytes keeps a list below 20 000 tokens.
	maxListBytes = 60_000
	// maxRequests bounds the requests for one page, so that a list which never
	// ends and has no matching row does not run on.
	maxRequests = 100
)

// gathered is a page of rows from one account or from all.
type gathered[T any] struct {
	rows     []T
	next     string
	failures []tool.Failure
}

// listFunc reads one page from one cloud; partial names what could not be read.
type listFunc[C, T any] func(ctx context.Context, a cloud.Capable[C], page cloud.PageRequest) (rows cloud.Page[T], partial []string, err error)

// gather reads at most one page of rows from one account, or from all in their
// order. An account that fails becomes a row of failures, unless it is the only one
// requested.
func gather[C, T any](ctx context.Context, accounts []cloud.Capable[C], only cloud.AccountName, page tool.Page, list listFunc[C, T]) (gathered[T], error) {
	out := gathered[T]{rows: []T{}}
	at, err := readCursor(page.Cursor)
	if err != nil {
		return out, err
	}
	asked, err := from(accounts, only, at.Account)
	if err != nil {
		return out, err
	}
	left := allowance{rows: page.Size(), bytes: maxListBytes, requests: maxRequests}
	for _, a := range asked {
		next, err := drain(ctx, a, at.Cursor, &left, list, &out)
		at.Cursor = "" // accounts after this one start at their beginning
		switch {
		case err != nil && len(asked) == 1 && len(out.rows) == 0:
			return out, err
		case err != nil:
			out.failures = append(out.failures, failureOf(a.Account, err))
		case next != nil:
			out.next = next.String()
			return out, nil
		}
	}
	return out, nil
}

// from returns the accounts to read: the only one, or all beginning with the one of
// the cursor. A cursor of another account is an error, because an empty page would
// read like "there is nothing".
func from[C any](accounts []cloud.Capable[C], only, at cloud.AccountName) ([]cloud.Capable[C], error) {
	var asked []cloud.Capable[C]
	for _, a := range accounts {
		if (only == "" || a.Account == only) && (len(asked) > 0 || at == "" || a.Account == at) {
			asked = append(asked, a)
		}
	}
	if len(asked) == 0 && at != "" {
		return nil, errBadCursor()
	}
	return asked, nil
}

// allowance is what is left for a page: rows, bytes and requests.
type allowance struct{ rows, bytes, requests int }

// drain reads the rows of one account from a cursor on. It returns the position to
// continue at if the page is full, or nil if the account has no more.
func drain[C, T any](ctx context.Context, a cloud.Capable[C], cursor string, left *allowance, list listFunc[C, T], out *gathered[T]) (*position, error) {
	for most := chunk; ; {
		request := cloud.PageRequest{Cursor: cursor, Limit: min(most, left.rows)}
		if request.Limit <= 0 || left.requests == 0 {
			return &position{a.Account, cursor}, nil
		}
		left.requests--
		got, partial, err := list(ctx, a, request)
		if err != nil {
			return nil, err
		}
		if size := jsonSize(got.Items); size <= left.bytes || len(out.rows) == 0 && request.Limit == 1 {
			left.bytes -= size
		} else if len(out.rows) > 0 {
			return &position{a.Account, cursor}, nil
		} else {
			most = request.Limit / 2 // a row that is too long is sent as the only one of its page
			continue
		}
		left.rows -= len(got.Items)
		out.rows = append(out.rows, got.Items...)
		out.addFailures(partials(a.Account, partial))
		if got.Next == "" || got.Next == cursor {
			return nil, nil
		}
		cursor = got.Next
	}
}

// addFailures adds failures without duplicates: some clouds report the same one
// with every page.
func (g *gathered[T]) addFailures(failures []tool.Failure) {
	for _, f := range failures {
		if !slices.Contains(g.failures, f) {
			g.failures = append(g.failures, f)
		}
	}
}

func failureOf(account cloud.AccountName, err error) tool.Failure {
	e := tool.AsError(err)
	return tool.Failure{Account: string(account), Code: string(e.Code), Message: e.Message + " " + e.Hint}
}

func partials(account cloud.AccountName, partial []string) []tool.Failure {
	var out []tool.Failure
	for _, message := range partial {
		out = append(out, tool.Failure{
			Account: string(account), Code: string(cloud.ErrUnavailable),
			Message: message + " The rows are what the other lists of this cloud have; repeat the call for the rest.",
		})
	}
	return out
}

func jsonSize(v any) int {
	raw, err := json.Marshal(v)
	if err != nil {
		return maxListBytes
	}
	return len(raw)
}

// position is where a list continues: an account and the cursor of its cloud.
type position struct {
	Account cloud.AccountName `json:"a"`
	Cursor  string            `json:"c,omitempty"`
}

func (p position) String() string {
	raw, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func readCursor(cursor string) (position, error) {
	var p position
	if cursor == "" {
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err != nil || p.Account == "" {
		return p, errBadCursor()
	}
	return p, nil
}

func errBadCursor() error {
	return tool.Errorf(tool.CodeInvalidArguments,
		"Take next_cursor of the page before verbatim, or leave cursor out to start again.", "The cursor is not one that this tool gave.")
}
