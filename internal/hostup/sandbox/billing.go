package sandbox

import (
	"fmt"
	"math"
	"net/http"

	"countersign/internal/cloud"
	"countersign/internal/hostup"
	"countersign/internal/sandboxkit"
)

// seedProducts creates the plans. The first is the sample of page
// "get-v2-products-vps"; the last cannot be ordered.
func (s *Sandbox) seedProducts() {
	for i, plan := range []struct {
		tier, name, amount string
		size
	}{
		{"xs", "VPS XS", "99", size{2, 4, 80}},
		{"sm", "VPS SM", "199", size{2, 8, 120}},
		{"md", "VPS MD", "349.5", size{4, 16, 240}},
		{"lg", "VPS LG", "699", size{8, 32, 480}},
		{"xl", "VPS XL", "1399", size{16, 64, 960}},
	} {
		available := i < 4
		s.products = append(s.products, hostup.Product{
			ID: cloud.OfferID(s.kit.Seed.ULID("vpsprod")), Slug: "vps-" + plan.tier, Tier: plan.tier, Name: plan.name,
			Resources: plan.wire(), Bandwidth: hostup.ProductBandwidth{LimitGB: "1024"},
			Billing:   hostup.ProductBilling{Amount: hostup.Number(plan.amount), CurrencyCode: currency, BillingCycle: unlessEmpty("monthly")},
			Available: &available,
		})
	}
}

// listProducts is page "get-v2-products-vps". The locale changes nothing: names are the
// same in both languages.
func (s *Sandbox) listProducts(r *http.Request) answer { return paged(r, s.products, s.pageSize) }

// activityPage is how many transactions a page has [inferred].
const activityPage = 10

// seedActivity creates a year of paid invoices, and some credit.
func (s *Sandbox) seedActivity() {
	s.ledger = map[hostup.ActivityKind][]hostup.ActivityEntry{}
	now := s.kit.Clock.Now()
	for month := range 12 {
		invoice := hostup.InvoiceID(s.kit.Seed.ULID("inv"))
		s.ledger[hostup.ActivityTransactions] = append(s.ledger[hostup.ActivityTransactions], hostup.ActivityEntry{
			ID: cloud.TransactionID(s.kit.Seed.ULID("txn")), Description: "Invoice payment", Method: unlessEmpty("card"),
			MethodLabel: unlessEmpty("Card"), Amount: "-1194.25", CurrencyCode: currency, CreatedAt: at(now.AddDate(0, -month, 0)),
			InvoiceID: &invoice, InvoiceNumber: unlessEmpty(fmt.Sprintf("%d", 1012-month)),
		})
	}
	for month, amount := range []hostup.Number{"100", "-25.5", "500"} {
		s.ledger[hostup.ActivityCredit] = append(s.ledger[hostup.ActivityCredit], hostup.ActivityEntry{
			ID: cloud.TransactionID(s.kit.Seed.ULID("txn")), Description: "Account credit", Method: unlessEmpty("accountCredit"),
			MethodLabel: unlessEmpty("Account credit"), Amount: amount, CurrencyCode: currency, CreatedAt: at(now.AddDate(0, -month, 0)),
		})
	}
}

// listActivity is page "get-v2-billing-activity". That a kind is required, and
// that credit with a page is refused, is [inferred].
func (s *Sandbox) listActivity(r *http.Request) answer {
	f := &form{}
	kind := hostup.ActivityKind(r.URL.Query().Get("kind"))
	rows, known := s.ledger[kind]
	if !known {
		f.report("kind", "must be transaction or credit.", "invalid_value")
	}
	page := f.query(r, "page", 0, 0, math.MaxInt32)
	if kind == hostup.ActivityCredit && r.URL.Query().Has("page") {
		f.report("page", "is for transactions only.", "unknown_field")
	}
	if f.wrong() {
		return invalid(f.issues...)
	}
	more := false
	if kind == hostup.ActivityTransactions {
		rows, more = sandboxkit.Offset(rows, activityPage, page*activityPage)
	}
	return ok(hostup.Activity{Kind: kind, Entries: append([]hostup.ActivityEntry{}, rows...), HasMore: more})
}
