package main

import (
	"context"
	"fmt"
	"maps"

	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/policy"
	"countersign/internal/pricebook"
)

// operator holds the rules and the price books of the operator's files.
type operator struct {
	rules *policy.Rules
	books pricebook.Books
}

// readOperator reads the operator's files, if there are any. An invalid file stops
// the start, because the files decide what needs approval and by whom.
func readOperator(cfg *config.Config) (operator, error) {
	files := operator{rules: policy.Standard(), books: pricebook.Books{}}
	if cfg.Policy != "" {
		file, err := policyFile(cfg.Policy)
		if err != nil {
			return operator{}, exit{exitUsage, err}
		}
		files.rules = file.Rules
		if file.Prices != nil {
			if files.books, err = pricebook.Read(*file.Prices, bookAccounts()); err != nil {
				return operator{}, exit{exitUsage, err}
			}
		}
	}
	if cfg.ReadOnly {
		files.rules = files.rules.OnlyReading()
	}
	if cfg.Prices == "" {
		return files, nil
	}
	more, err := pricebook.ReadFile(cfg.Prices, bookAccounts())
	if err != nil {
		return operator{}, exit{exitUsage, err}
	}
	for account := range more {
		if _, twice := files.books[account]; twice {
			return operator{}, exit{exitUsage, fmt.Errorf("--policy %s and --prices %s both have prices of account %s, and which of them hold cannot be told; take them out of one", cfg.Policy, cfg.Prices, account)}
		}
	}
	maps.Copy(files.books, more)
	return files, nil
}

// bookAccounts returns the accounts that a price book can name.
func bookAccounts() []pricebook.Account {
	var accounts []pricebook.Account
	for _, entry := range clouds() {
		accounts = append(accounts, pricebook.Account{Name: cloud.AccountName(entry.vendor), Priced: !entry.unpriced})
	}
	return accounts
}

// policyFile reads a policy file and checks it.
func policyFile(path string) (*policy.File, error) { return checkedPolicy(policy.Read(path)) }

// checkedPolicy checks the words of a policy file against the known accounts, tools and
// nouns.
func checkedPolicy(file *policy.File, err error) (*policy.File, error) {
	if err != nil {
		return nil, err
	}
	known, err := knownWords()
	if err != nil {
		return nil, err
	}
	return file, file.Check(known)
}

// knownWords returns the words that rules can contain, whatever clouds are
// configured.
func knownWords() (policy.Known, error) {
	var known policy.Known
	for _, entry := range clouds() {
		known.Accounts = append(known.Accounts, string(entry.vendor))
	}
	known.Actions = append(cloud.PowerAction("").SchemaEnum(), cloud.InterfaceAction("").SchemaEnum()...)
	all, err := catalogue(context.Background(), &config.Config{}, everyKey)
	for _, d := range all {
		if d.Judged() && d.Noun() != "grant" { // a grant is judged as the calls that it covers
			known.Tools, known.Nouns = append(known.Tools, d.Name), append(known.Nouns, d.Noun())
		}
	}
	return known, err
}
