package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/internal/audit"
	"countersign/internal/record"
	"countersign/internal/spelling"
	"countersign/internal/store"
)

// checkKinds refuses a kind of records that does not exist: its empty list would look
// as if nothing had happened.
func (f *auditFilter) checkKinds(ctx context.Context, s store.Store) error {
	kinds := append(record.Kinds(), store.RecordCompacted)
	known := func(kind string) bool { return slices.Contains(kinds, kind) }
	if i := slices.IndexFunc(f.Kinds, func(kind string) bool { return !known(kind) }); i < 0 {
		return nil
	}
	there, err := audit.WordsOf(ctx, s) // another version may have written more
	if err != nil {
		return err
	}
	kinds = append(kinds, there.Kinds...)
	for _, kind := range f.Kinds {
		if !known(kind) {
			return exit{exitUsage, fmt.Errorf("--kind: there are no records of the kind %q; %s", kind, meant(kind, kinds))}
		}
	}
	return nil
}

// checkFound refuses a filter that found nothing because no record can have what it
// names.
func (f *auditFilter) checkFound(ctx context.Context, s store.Store, found int) error {
	if found > 0 || f.Operation == "" && f.Account == "" && f.Principal == "" {
		return nil
	}
	there, err := audit.WordsOf(ctx, s)
	if err != nil {
		return err
	}
	accounts := there.Accounts
	for _, entry := range clouds() {
		accounts = append(accounts, string(entry.vendor))
	}
	for _, named := range []struct {
		flag, word, none string
		there            []string
	}{
		{"operation", f.Operation, "no record is about the operation", there.Operations},
		{"account", f.Account, "there is no account", accounts},
		{"principal", f.Principal, "no record has the principal", there.Principals},
	} {
		if named.word != "" && !slices.Contains(named.there, named.word) {
			return exit{exitUsage, fmt.Errorf("--%s: %s %q; %s", named.flag, named.none, named.word, meant(named.word, named.there))}
		}
	}
	return nil
}

// wordsListed bounds the words that meant lists.
const wordsListed = 30

// meant says which of the words that exist a wrong one may have meant.
func meant(word string, there []string) string {
	if near := spelling.Nearest(word, there); near != "" {
		return "did you mean " + strconv.Quote(near) + "?"
	}
	all := slices.Compact(slices.Sorted(slices.Values(there)))
	if len(all) == 0 || len(all) > wordsListed {
		return "`countersign audit list` without it shows what there is"
	}
	return "there are: " + strings.Join(all, ", ")
}
