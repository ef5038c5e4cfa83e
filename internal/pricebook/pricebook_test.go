package pricebook_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/pricebook"
	"countersign/internal/yamldoc"
)

// accounts are one that a book can name, and one whose cloud publishes prices.
var accounts = []pricebook.Account{{Name: "mill"}, {Name: "shop", Priced: true}}

func money(t *testing.T, text string) cloud.Money {
	t.Helper()
	var m cloud.Money
	if err := m.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return m
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "prices.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBook pins that amounts are kept to the last digit and IDs to the last byte,
// however they are quoted.
func TestBook(t *testing.T) {
	t.Parallel()
	const text = `# what the contract of May says
prices:
  mill:
    offers:
      "123e4567-e89b-12d3-a456-426614174000": { per_hour: "1.20 USD", stopped_per_hour: "0.10 USD" }
      gpu_2x_a6000:
        per_hour: 0.123456789012 EUR
      1e3: { per_hour: 123456789012.1 SEK }
      0x1F: { per_hour: 0 USD, stopped_per_hour: 0.00 USD }
      yes: { per_hour: 2 USD }
`
	got, err := pricebook.ReadFile(file(t, text), accounts)
	if err != nil {
		t.Fatal(err)
	}
	tenth, zero := money(t, "0.1 USD"), money(t, "0 USD")
	want := pricebook.Books{"mill": {
		"123e4567-e89b-12d3-a456-426614174000": {PerHour: money(t, "1.2 USD"), Stopped: &tenth},
		"gpu_2x_a6000":                         {PerHour: money(t, "0.123456789012 EUR")},
		"1e3":                                  {PerHour: money(t, "123456789012.1 SEK")},
		"0x1F":                                 {PerHour: zero, Stopped: &zero},
		"yes":                                  {PerHour: money(t, "2 USD")},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestSectionOfAnotherFile pins that a book can stand among other sections.
func TestSectionOfAnotherFile(t *testing.T) {
	t.Parallel()
	root, err := yamldoc.Parse("policy.yaml", []byte("rules: {}\nprices: { mill: { offers: { a: { per_hour: 1 USD } } } }\n"))
	if err != nil {
		t.Fatal(err)
	}
	fields, err := root.Fields("policy", "rules", pricebook.Section)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pricebook.Read(fields[pricebook.Section], accounts)
	if err != nil || !got["mill"]["a"].PerHour.Equal(money(t, "1 USD")) {
		t.Errorf("%v %v", got, err)
	}
}

// TestBookThatIsWrong pins that a book with an error is not used at all, and that the
// error has the place, what was expected and what may have been meant.
func TestBookThatIsWrong(t *testing.T) {
	t.Parallel()
	offer := func(rate string) string { return "prices:\n  mill:\n    offers:\n      a: " + rate + "\n" }
	const expected = `expected a decimal and its currency, such as "1.20 USD"`
	tests := []struct{ name, text, want string }{
		{"another key at the top", "price: {}\n", `:1:1: price file: there is no key "price"; did you mean prices?`},
		{"no prices", "{}\n", ":1:1: price file: the key prices is missing"},
		{"empty prices", "prices:\n", ":1:8: prices: expected a mapping of keys to values, got nothing"},
		{"misspelt account", "prices:\n  mil: { offers: {} }\n", `:2:3: prices: there is no account "mil" that a book could have prices for; did you mean mill?`},
		{"unknown account", "prices:\n  azure: { offers: {} }\n", `:2:3: prices: there is no account "azure" that a book could have prices for; expected mill`},
		{"a cloud with prices", "prices:\n  shop: { offers: {} }\n", ":2:3: prices: the cloud of account shop publishes its own prices, which no book overrides"},
		{"account twice", "prices:\n  mill: { offers: {} }\n  mill: { offers: {} }\n", `:3:3: prices: "mill" stands on line 2 already`},
		{"no offers", "prices:\n  mill: {}\n", ":2:3: prices.mill: the key offers is missing"},
		{"misspelt offers", "prices:\n  mill: { ofers: {} }\n", `:2:11: prices.mill: there is no key "ofers"; did you mean offers?`},
		{"offers as a list", "prices:\n  mill: { offers: [a] }\n", ":2:19: prices.mill.offers: expected a mapping of keys to values, got a list"},
		{"offer twice", offer("{ per_hour: 1 USD }\n      \"a\": { per_hour: 2 USD }"), `:5:7: prices.mill.offers: "a" stands on line 4 already`},
		{"a bare rate", offer("1.20 USD"), ":4:10: offer a: expected a mapping of keys to values, got a text or number"},
		{"no rate", offer("{ stopped_per_hour: 1 USD }"), ":4:7: offer a: the key per_hour is missing"},
		{"misspelt rate", offer("{ perHour: 1 USD }"), `:4:12: offer a: there is no key "perHour"; did you mean per_hour?`},
		{"another rate", offer("{ month: 1 USD }"), `:4:12: offer a: there is no key "month"; expected per_hour or stopped_per_hour`},
		{"no amount", offer("{ per_hour: }"), ":4:22: per_hour: " + expected},
		{"null", offer("{ per_hour: null }"), ":4:22: per_hour: " + expected},
		{"an empty amount", offer(`{ per_hour: "" }`), ":4:22: per_hour: " + expected},
		{"no currency", offer("{ per_hour: 1.20 }"), ":4:22: per_hour: " + expected + `, got "1.20"`},
		{"a list", offer("{ per_hour: [1 USD] }"), ":4:22: per_hour: " + expected},
		{"negative", offer("{ per_hour: -1 USD }"), ":4:22: per_hour: no price is negative; " + expected},
		{"a comma", offer(`{ per_hour: "1,20 USD" }`), `got "1,20 USD"`},
		{"an exponent", offer("{ per_hour: 1e3 USD }"), `got "1e3 USD"`},
		{"a plus", offer("{ per_hour: +1 USD }"), `got "+1 USD"`},
		{"a bare point", offer("{ per_hour: .5 USD }"), `got ".5 USD"`},
		{"a small currency", offer("{ per_hour: 1 usd }"), `got "1 usd"`},
		{"a sign of a currency", offer("{ per_hour: $1 }"), `got "$1"`},
		{"currency first", offer("{ per_hour: USD 1 }"), `got "USD 1"`},
		{"two spaces", offer(`{ per_hour: "1  USD" }`), `got "1  USD"`},
		{"more digits than money has", offer("{ per_hour: 0." + strings.Repeat("1", 13) + " USD }"), ":4:22: per_hour: " + expected},
		{"two currencies", offer("{ per_hour: 1 USD, stopped_per_hour: 1 EUR }"), ":4:47: stopped_per_hour: expected USD as in per_hour, got EUR"},
		{"dearer when stopped", offer("{ per_hour: 1 USD, stopped_per_hour: 1.01 USD }"), ":4:47: stopped_per_hour: 1.01 USD is more than per_hour"},
		{"a stopped rate that is nothing", offer("{ per_hour: 1 USD, stopped_per_hour: ~ }"), ":4:47: stopped_per_hour: " + expected},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := file(t, test.text)
			books, err := pricebook.ReadFile(path, accounts)
			if err == nil || books != nil || !strings.HasPrefix(err.Error(), path+":") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v\n%v, want %q", books, err, test.want)
			}
		})
	}
}
