package cloud_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
)

const (
	fromBook = "price book of the operator"
	ifRight  = "price: the book is right and up to date; the cloud publishes none to hold it against"
)

// TestPricesOfABook pins that a price from a book has its source, and that a price that
// is not in it is unknown with a reason, and never 0.
func TestPricesOfABook(t *testing.T) {
	t.Parallel()
	book := cloud.PriceBook{
		"small": {PerHour: money(t, "0.10", "USD")},
		"gift":  {PerHour: money(t, "0", "EUR")},
	}
	tests := []struct {
		name     string
		book     cloud.PriceBook
		id       cloud.OfferID
		machines int
		want     cloud.Price
	}{
		{"one", book, "small", 1, cloud.HourlyPrice(money(t, "0.1", "USD"), fromBook, ifRight)},
		{"several cost as often", book, "small", 3, cloud.HourlyPrice(money(t, "0.3", "USD"), fromBook+", 3 times 0.1 USD", ifRight)},
		{"a zero that is written is a price", book, "gift", 2, cloud.HourlyPrice(money(t, "0", "EUR"), fromBook+", 2 times 0 EUR", ifRight)},
		{"not in the book", book, "large", 1, cloud.UnknownPrice("Acme tells none, and the price book of the operator has none for the offer large")},
		{"IDs are exact", book, "Small", 1, cloud.UnknownPrice("Acme tells none, and the price book of the operator has none for the offer Small")},
		{"an ID that hides", book, "x\u202e\n", 1, cloud.UnknownPrice("Acme tells none, and the price book of the operator has none for the offer x")},
		{"no book", nil, "small", 1, cloud.UnknownPrice("Acme tells none")},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, test.book.Price(test.id, test.machines, "Acme tells none")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestRatesOfABook pins that the rate of a stopped machine is not derived from
// that of a running one.
func TestRatesOfABook(t *testing.T) {
	t.Parallel()
	tenth := money(t, "0.10", "USD")
	book := cloud.PriceBook{
		"told":   {PerHour: money(t, "1.20", "USD"), Stopped: &tenth},
		"untold": {PerHour: money(t, "1.20", "USD")},
	}
	running := cloud.HourlyPrice(money(t, "1.2", "USD"), fromBook, ifRight)
	for id, want := range map[cloud.OfferID]map[cloud.PowerState]cloud.Price{
		"told": {cloud.PowerRunning: running, cloud.PowerStopped: cloud.HourlyPrice(tenth, fromBook, ifRight)},
		"untold": {
			cloud.PowerRunning: running,
			cloud.PowerStopped: cloud.UnknownPrice("the price book of the operator does not tell what a stopped machine of this offer costs"),
		},
		"missing": nil,
	} {
		if diff := cmp.Diff(want, book.Rates(id)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}
