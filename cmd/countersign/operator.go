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

// operator is what the operator has laid down in files.
type operator struct {
	rules *policy.Rules
	books pricebook.Books
}

// readOperator reads the files of the operator, if there are any. One that is wrong
// stops the start: what a person approves, and whether one is asked, stands in them.
func readOperator(cfg *config.Config) (operator, error) {
	laid := operator{rules: policy.Standard(), books: pricebook.Books{}}
	if cfg.Policy != "" {
		file, err := policyFile(cfg.Policy)
		if err != nil {
			return operator{}, exit{exitUsage, err.Error()}
		}
		laid.rules = file.Rules
		if file.Prices != nil {
			if laid.books, err = pricebook.Read(*file.Prices, bookAccounts()); err != nil {
				return operator{}, exit{exitUsage, err.Error()}
			}
		}
	}
	if cfg.ReadOnly {
		laid.rules = laid.rules.OnlyReading()
	}
	if cfg.Prices == "" {
		return laid, nil
	}
	more, err := pricebook.ReadFile(cfg.Prices, bookAccounts())
	if err != nil {
		return operator{}, exit{exitUsage, err.Error()}
	}
	for account := range more {
		if _, twice := laid.books[account]; twice {
			return operator{}, exit{exitUsage, fmt.Sprintf("--policy %s and --prices %s both have prices of account %s, and which of them hold cannot be told; take them out of one", cfg.Policy, cfg.Prices, account)}
		}
	}
	maps.Copy(laid.books, more)
	return laid, nil
}

// bookAccounts are the accounts that a price book could name.
func bookAccounts() []pricebook.Account {
	var accounts []pricebook.Account
	for _, entry := range clouds() {
		accounts = append(accounts, pricebook.Account{Name: cloud.AccountName(entry.vendor), Priced: !entry.unpriced})
	}
	return accounts
}

// policyFile reads a policy file and holds it against what there is.
func policyFile(path string) (*policy.File, error) { return checkedPolicy(policy.Read(path)) }

// checkedPolicy checks that what a policy file names is there.
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

// knownWords are what rules can be about, whatever clouds are configured.
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
