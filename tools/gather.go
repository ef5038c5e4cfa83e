package tools

import (
	"context"
	"encoding/base64"
	"encoding/json"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

const (
	// chunk is how many rows a cloud is asked for at a time.
	chunk = 25
	// maxListBytes keeps a list below 20 000 tokens.
	maxListBytes = 60_000
)

// gathered is a page of rows from one account or from all.
type gathered[T any] struct {
	rows     []T
	next     string
	failures []tool.Failure
}

// listFunc asks one cloud for a page; partial names what it could not read.
type listFunc[C, T any] func(ctx context.Context, a cloud.Capable[C], page cloud.PageRequest) (rows cloud.Page[T], partial []string, err error)

// gather asks one account, or all in their order, for at most a page of rows.
// An account that fails is a row of failures, unless it is the only one asked.
func gather[C, T any](ctx context.Context, accounts []cloud.Capable[C], only cloud.AccountName, page tool.Page, list listFunc[C, T]) (gathered[T], error) {
	out := gathered[T]{rows: []T{}}
	at, err := readCursor(page.Cursor)
	if err != nil {
		return out, err
	}
	budget := maxListBytes
	var firstErr error
	answered := false
	for _, a := range accounts {
		if only != "" && a.Account != only || at.Account != "" && a.Account != at.Account {
			continue
		}
		request := cloud.PageRequest{Cursor: at.Cursor}
		at = position{} // accounts after this one start at their beginning
		for {
			request.Limit = min(chunk, page.Size()-len(out.rows))
			if request.Limit == 0 {
				out.next = position{a.Account, request.Cursor}.String()
				return out, nil
			}
			got, partial, err := list(ctx, a, request)
			if err != nil {
				if firstErr == nil {
					firstErr = err
				}
				out.failures = append(out.failures, failureOf(a.Account, err))
				break
			}
			answered = true
			size := jsonSize(got.Items)
			if size > budget && len(out.rows) > 0 {
				out.next = position{a.Account, request.Cursor}.String()
				return out, nil
			}
			budget -= size
			out.rows = append(out.rows, got.Items...)
			out.failures = append(out.failures, partials(a.Account, partial)...)
			if got.Next == "" || got.Next == request.Cursor {
				break
			}
			request.Cursor = got.Next
		}
	}
	if !answered && firstErr != nil {
		return out, firstErr
	}
	return out, nil
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

// position is where a list goes on: an account and its own cursor.
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
