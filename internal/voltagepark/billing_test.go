package voltagepark_test

import (
	"slices"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/sandboxkit"
)

func TestBillingAccrues(t *testing.T) {
	h := newHouse(t)
	rate, err := h.HourlyRate(t.Context())
	if err != nil || rate.PerHour.String() != "3.98 USD" || len(rate.Assumed) == 0 {
		t.Fatalf("rate %+v, error %v", rate, err)
	}
	// 72 h and 24 h of 1.99 an hour; 5000 were paid in months ago.
	report, err := h.MonthlyReport(t.Context(), 2026, time.August)
	if err != nil {
		t.Fatal(err)
	}
	if report.BalanceAtStart.String() != "5000 USD" || report.BalanceDelta.String() != "-191.04 USD" || report.BalanceAtEnd.String() != "4808.96 USD" ||
		report.TransactionCount != 2 || len(report.Transactions) != 2 || len(report.Assumed) == 0 {
		t.Errorf("report %+v", report)
	}
	// One more hour: the first machine stopped, which changes nothing, the second released.
	if _, err := h.PowerVM(t.Context(), h.firstVM(), cloud.PowerStop); err != nil {
		t.Fatal(err)
	}
	if _, err := h.PowerVM(t.Context(), h.sandbox.VMs()[1].ID, cloud.PowerRelease); err != nil {
		t.Fatal(err)
	}
	h.kit.Clock.Advance(time.Hour)
	report, err = h.MonthlyReport(t.Context(), 2026, time.August)
	if err != nil || report.BalanceDelta.String() != "-193.13 USD" {
		t.Errorf("delta %v, error %v", report.BalanceDelta, err)
	}
	september, err := h.MonthlyReport(t.Context(), 2026, time.September)
	if err != nil || september.BalanceDelta.String() != "0 USD" || !september.BalanceAtStart.Equal(*report.BalanceAtEnd) {
		t.Errorf("september %+v, error %v", september, err)
	}
}

func TestReportsOfNoMonth(t *testing.T) {
	h := newHouse(t)
	for _, month := range []time.Month{0, 13} {
		_, err := h.MonthlyReport(t.Context(), 2026, month)
		asCloudError(t, err, cloud.ErrInvalid)
	}
	if n := len(h.kit.Requests(vendor)); n != 0 {
		t.Errorf("%d requests left", n)
	}
}

func TestTransactions(t *testing.T) {
	h := newHouse(t)
	page, err := h.ListTransactions(t.Context(), cloud.TransactionFilter{}, cloud.PageRequest{Limit: 2})
	if err != nil || len(page.Items) != 2 || page.Next != "2" {
		t.Fatalf("%d rows, next %q, error %v", len(page.Items), page.Next, err)
	}
	charge := page.Items[1]
	if charge.Type != "charge" || charge.ResourceKind != "vm" || charge.ResourceID != string(h.firstVM()) || charge.Total.String() != "-143.28 USD" || charge.CompletedAt != nil {
		t.Errorf("charge %+v", charge)
	}
	page, err = h.ListTransactions(t.Context(), cloud.TransactionFilter{}, cloud.PageRequest{Limit: 2, Cursor: page.Next})
	if err != nil || len(page.Items) != 1 || page.Items[0].Type != "stripe_deposit" || page.Next != "" {
		t.Errorf("%+v, %v", page, err)
	}
	filter := cloud.TransactionFilter{Types: []string{"virtual_machine", "storage"}, Earliest: "2026-08-18", Latest: "2026-08-18"}
	page, err = h.ListTransactions(t.Context(), filter, cloud.PageRequest{})
	if err != nil || len(page.Items) != 1 || page.Items[0].InPeriod.String() != "-47.76 USD" {
		t.Errorf("one day: %+v, %v", page, err)
	}
	requests := h.kit.Requests(vendor)
	if got, want := requests[len(requests)-1].Query, "earliest=2026-08-18&latest=2026-08-18&limit=100&types=virtual_machine&types=storage"; got != want {
		t.Errorf("query %s, want %s", got, want)
	}
}

func TestTransactionFiltersThatAreRefused(t *testing.T) {
	h := newHouse(t)
	for name, filter := range map[string]cloud.TransactionFilter{
		"type":    {Types: []string{"gifts"}},
		"date":    {Earliest: "18.8.2026"},
		"no date": {Latest: "2026-02-30"},
	} {
		_, err := h.ListTransactions(t.Context(), filter, cloud.PageRequest{})
		asCloudError(t, err, cloud.ErrInvalid)
		if n := len(h.kit.Requests(vendor)); n != 0 {
			t.Errorf("%s: %d requests left", name, n)
		}
	}
	if !slices.Contains(h.TransactionTypes(), "virtual_machine") {
		t.Error("virtual_machine is no type")
	}
}

func TestWhatTransactionsAreFor(t *testing.T) {
	for details, want := range map[string][2]string{
		`{"type":"baremetal_charge","linked_instance":{"id":"a","baremetal_rental_id":"b"}}`:               {"bare_metal", "b"},
		`{"type":"storage_charge","linked_instance":{"id":"a"}}`:                                           {"volume", "a"},
		`{"type":"charge","linked_instance":{"type":"storage_block_instance","id":"a"}}`:                   {"volume", "a"},
		`{"type":"charge","linked_instance":{"type":"virtual_machine_instance","virtual_machine_id":"v"}}`: {"vm", "v"},
		`{"type":"payout","linked_instance":{"type":"news","id":"a"}}`:                                     {"", "a"},
		`{"type":"other","note_public":"a gift"}`:                                                          {"", ""},
	} {
		p := answering(t, 200, `{"results":[{"id":"t","total_amount":1.5,"details":`+details+`}],"has_next":null}`)
		page, err := p.ListTransactions(t.Context(), cloud.TransactionFilter{}, cloud.PageRequest{})
		if err != nil || len(page.Items) != 1 {
			t.Fatal(page, err)
		}
		if got := page.Items[0]; got.ResourceKind != want[0] || got.ResourceID != want[1] || got.Total.String() != "1.5 USD" || got.InPeriod != nil {
			t.Errorf("%s is read as %+v", details, got)
		}
	}
}

func TestSSHKeys(t *testing.T) {
	h := newHouse(t)
	h.sandbox.PutSSHKey("third\u200b")
	page, err := h.ListSSHKeys(t.Context(), cloud.PageRequest{Limit: 2})
	if err != nil || len(page.Items) != 2 || page.Next != "2" || page.Items[0].Type != "ssh-ed25519" {
		t.Fatalf("%+v, %v", page, err)
	}
	page, err = h.ListSSHKeys(t.Context(), cloud.PageRequest{Cursor: page.Next})
	if err != nil || len(page.Items) != 1 || page.Items[0].Name != "third" || !page.Items[0].NameAltered || page.Next != "" {
		t.Errorf("%+v, %v", page, err)
	}
	if _, canRename := any(h.Provider).(cloud.SSHKeyRenamer); canRename {
		t.Error("the vendor has no operation that renames a key")
	}
}

func TestFailedReads(t *testing.T) {
	for name, read := range map[string]func(house) error{
		"rate":   func(h house) error { _, err := h.HourlyRate(t.Context()); return err },
		"report": func(h house) error { _, err := h.MonthlyReport(t.Context(), 2026, time.May); return err },
		"transactions": func(h house) error {
			_, err := h.ListTransactions(t.Context(), cloud.TransactionFilter{}, cloud.PageRequest{})
			return err
		},
		"keys": func(h house) error { _, err := h.ListSSHKeys(t.Context(), cloud.PageRequest{}); return err },
		"VMs":  func(h house) error { _, err := h.ListVMs(t.Context(), cloud.PageRequest{}); return err },
		"offers": func(h house) error {
			_, err := h.ListOffers(t.Context(), cloud.OfferQuery{}, cloud.PageRequest{})
			return err
		},
	} {
		for _, fault := range []sandboxkit.FaultKind{sandboxkit.Garbled, sandboxkit.HTML, sandboxkit.Cut, sandboxkit.ServerError} {
			t.Run(name+" "+string(fault), func(t *testing.T) {
				h := newHouse(t)
				h.kit.AddFault(vendor, sandboxkit.Fault{Kind: fault, Times: 9})
				if e := asCloudError(t, read(h), cloud.ErrUnavailable); e.Ambiguous {
					t.Error("a read is never ambiguous")
				}
			})
		}
	}
}

// TestChargesOfMonth checks that the sum has all charges of the report and no deposits.
func TestChargesOfMonth(t *testing.T) {
	h := newHouse(t)
	got, err := h.ChargesOfMonth(t.Context(), 2026, time.August)
	if err != nil || got.Total.String() != "191.04 USD" || cloud.ChargeOf(got.VMs, h.firstVM()).String() != "143.28 USD" || len(got.VMs) != 2 ||
		got.PerHour.String() != "3.98 USD" || len(got.Assumed) != 2 {
		t.Errorf("%+v, error %v", got, err)
	}
	if cloud.ChargeOf(got.VMs, "another") != nil {
		t.Error("a machine that no line names has a cost")
	}
	// Nothing was charged in May: the total is missing, and not zero.
	if got, err = h.ChargesOfMonth(t.Context(), 2026, time.May); err != nil || got.Total != nil || len(got.VMs) != 0 {
		t.Errorf("%+v, error %v", got, err)
	}
	for _, path := range []string{"/billing/reports/*", "/billing/hourly-rate"} {
		h := newHouse(t)
		h.kit.AddFault(vendor, sandboxkit.Fault{Kind: sandboxkit.ServerError, Path: "/api/v1" + path, Times: 9})
		if _, err := h.ChargesOfMonth(t.Context(), 2026, time.August); err == nil {
			t.Errorf("%s fails, and the charges are known", path)
		}
	}
}
