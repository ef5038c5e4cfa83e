package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// report is what one account told, whole.
type report[T any] struct {
	account cloud.AccountName
	rows    []T
	missing []tool.Failure
	err     error
}

// survey asks one account, or all at the same time, for everything that a tool
// has to see before it can sort or add up. The reports stand in the order of the
// accounts. An account that fails is a row of failures, unless it is the only one
// asked.
func survey[C, T any](ctx context.Context, accounts []cloud.Capable[C], only cloud.AccountName,
	ask func(ctx context.Context, a cloud.Capable[C]) (rows []T, missing []tool.Failure, err error),
) ([]report[T], []tool.Failure, error) {
	asked, err := from(accounts, only, "")
	if err != nil {
		return nil, nil, err
	}
	told := make([]report[T], len(asked))
	cloud.SideBySide(len(asked), func(i int) {
		told[i].account = asked[i].Account
		told[i].rows, told[i].missing, told[i].err = ask(ctx, asked[i])
	})
	var reports []report[T]
	var failures []tool.Failure
	for _, r := range told {
		switch {
		case r.err != nil && len(asked) == 1:
			return nil, nil, r.err
		case r.err != nil:
			failures = append(failures, failureOf(r.account, r.err))
		default:
			reports = append(reports, r)
			failures = append(failures, r.missing...)
		}
	}
	return reports, failures, nil
}

// every reads a paged list to its end.
func every[T any](ctx context.Context, list func(context.Context, cloud.PageRequest) (cloud.Page[T], error), take func(T)) error {
	for row, err := range cloud.All(ctx, wholePage, list) {
		if err != nil {
			return err
		}
		take(row)
	}
	return nil
}
