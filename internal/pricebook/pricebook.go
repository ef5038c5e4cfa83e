// Package pricebook reads an operator's prices of machines, for clouds that publish no
// prices:
//
//	prices:
//	  gpcn:                     # an account, as list_accounts names it
//	    offers:
//	      gpu_2x_a6000:         # an offer, by its id in list_offers or list_volume_offers
//	        per_hour: 1.20 USD
//	        stopped_per_hour: 0.10 USD
//
// It is strict: a book with an error is not used at all. It must never know the
// configured accounts; its callers pass them.
package pricebook

import (
	"regexp"
	"strings"

	"countersign/internal/cloud"
	"countersign/internal/yamldoc"
)

// Section is the key under which a file has its prices.
const Section = "prices"

// Books are the price books of accounts.
type Books map[cloud.AccountName]cloud.PriceBook

// Account is an account that a book could name.
type Account struct {
	Name cloud.AccountName
	// Priced says that its cloud publishes prices. No book replaces those.
	Priced bool
}

// ReadFile reads a file that has the section and nothing else.
func ReadFile(path string, accounts []Account) (Books, error) {
	root, err := yamldoc.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fields, err := root.Fields("price file", Section)
	if err != nil {
		return nil, err
	}
	section, there := fields[Section]
	if !there {
		return nil, root.Errorf("price file: the key %s is missing", Section)
	}
	return Read(section, accounts)
}

// Read reads the section.
func Read(section yamldoc.Node, accounts []Account) (Books, error) {
	entries, err := section.Entries(Section)
	if err != nil {
		return nil, err
	}
	books := Books{}
	for _, e := range entries {
		account, err := check(e, accounts)
		if err != nil {
			return nil, err
		}
		if books[account], err = readBook(e); err != nil {
			return nil, err
		}
	}
	return books, nil
}

// check returns the account of an entry. It refuses an account whose cloud publishes
// prices, because the entry would hide what the vendor charges.
func check(e yamldoc.Entry, accounts []Account) (cloud.AccountName, error) {
	var names []string
	for _, account := range accounts {
		if string(account.Name) == e.Key && account.Priced {
			return "", e.At.Errorf("%s: the cloud of account %s publishes its own prices, which no book overrides; take it out", Section, e.Key)
		}
		if string(account.Name) == e.Key {
			return account.Name, nil
		}
		if !account.Priced {
			names = append(names, string(account.Name))
		}
	}
	return "", e.At.Errorf("%s: there is no account %q that a book could have prices for; %s", Section, e.Key, yamldoc.Meant(e.Key, names))
}

func readBook(account yamldoc.Entry) (cloud.PriceBook, error) {
	what := Section + "." + account.Key
	fields, err := account.Value.Fields(what, "offers")
	if err != nil {
		return nil, err
	}
	offers, there := fields["offers"]
	if !there {
		return nil, account.At.Errorf("%s: the key offers is missing", what)
	}
	entries, err := offers.Entries(what + ".offers")
	if err != nil {
		return nil, err
	}
	book := cloud.PriceBook{}
	for _, e := range entries {
		if book[cloud.OfferID(e.Key)], err = readRate(e); err != nil {
			return nil, err
		}
	}
	return book, nil
}

func readRate(offer yamldoc.Entry) (cloud.BookedRate, error) {
	const running, stopped = "per_hour", "stopped_per_hour"
	var rate cloud.BookedRate
	fields, err := offer.Value.Fields("offer "+offer.Key, running, stopped)
	if err != nil {
		return rate, err
	}
	perHour, there := fields[running]
	if !there {
		return rate, offer.At.Errorf("offer %s: the key %s is missing", offer.Key, running)
	}
	if rate.PerHour, err = ReadMoney(running, perHour); err != nil {
		return rate, err
	}
	perHour, there = fields[stopped]
	if !there {
		return rate, nil
	}
	money, err := ReadMoney(stopped, perHour)
	switch {
	case err != nil:
		return rate, err
	case money.Currency != rate.PerHour.Currency:
		return rate, perHour.Errorf("%s: expected %s as in %s, got %s", stopped, rate.PerHour.Currency, running, money.Currency)
	case money.Amount.GreaterThan(rate.PerHour.Amount):
		return rate, perHour.Errorf("%s: %s is more than %s, which is %s; a stopped machine cannot cost more than a running one", stopped, money, running, rate.PerHour)
	}
	rate.Stopped = &money
	return rate, nil
}

// amount is the form of money in a book: plain digits, so that no exponent or comma is
// misread.
var amount = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,12})? [A-Z]{3}$`)

// ReadMoney reads an amount of money; what names it in errors.
func ReadMoney(what string, n yamldoc.Node) (cloud.Money, error) {
	const expected = `expected a decimal and its currency, such as "1.20 USD"`
	text, err := n.Text(what)
	if err != nil {
		return cloud.Money{}, n.Errorf("%s: %s", what, expected)
	}
	if strings.HasPrefix(text, "-") {
		return cloud.Money{}, n.Errorf("%s: no price is negative; %s", what, expected)
	}
	number, currency, _ := strings.Cut(text, " ")
	money, err := cloud.NewMoney(number, currency)
	if err != nil || !amount.MatchString(text) {
		return cloud.Money{}, n.Errorf("%s: %s, got %q", what, expected, cloud.CleanText(text))
	}
	return money, nil
}
