package tools

import (
	"context"

	"countersign/internal/cloud"
	"countersign/internal/tool"
)

// report is the complete result of one account.
type report[T any] struct {
	account cloud.AccountName
	rows    []T
	missing []tool.Failure
	err     error
}

// survey reads everything from one account, or from all concurrently, for tools
// that have to sort or add up all rows. The reports are in the order of the
// accounts. An account that fails becomes a row of failures, unless it is the only
// one requested.
func survey[C, T any](ctx context.Context, accounts []cloud.Capable[C], only cloud.AccountName,
	ask func(ctx context.Context, a cloud.Capable[C]) (rows []T, missing []tool.Failure, err error),
) ([]report[T], []tool.Failure, error) {
	asked, err := from(accounts, only, "")
	if err != nil {
		return nil, nil, err
	}
	all := make([]report[T], len(asked))
	cloud.SideBySide(len(asked), func(i int) {
		all[i].account = asked[i].Account
		all[i].rows, all[i].missing, all[i].err = ask(ctx, asked[i])
	})
	var reports []report[T]
	var failures []tool.Failure
	for _, r := range all {
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

// every reads all pages of a list.
func every[T any](ctx context.Context, list func(context.Context, cloud.PageRequest) (cloud.Page[T], error), take func(T)) error {
	for row, err := range cloud.All(ctx, wholePage, list) {
		if err != nil {
			return err
		}
		take(row)
	}
	return nil
}
