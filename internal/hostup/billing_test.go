package hostup_test

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/hostup/sandbox"
)

func TestBilling(t *testing.T) {
	w := newWorld(t)
	got, err := w.provider.HourlyRate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// 0.57 for worker, 2 x 0.12 + 4 x 0.04 + 70 x 0.003 + 0.02 for batch-01
	isPrice(t, "rate", got, "1.2 SEK", "")
	if said := strings.Join(got.Assumed, " "); !strings.Contains(said, "estimate") || !strings.Contains(said, "plans: 6 machine(s)") {
		t.Errorf("assumed %q", said)
	}
	w.vendor.RemoveVPS(w.server(t, sandbox.TwinVPS, true))
	w.vendor.RemoveVPS(w.server(t, sandbox.StoppedPAYG, true))
	if got, err = w.provider.HourlyRate(t.Context()); err != nil || got.String() != "0 SEK per hour" {
		t.Errorf("without pay-as-you-go %s, error %v", got, err)
	}
	_, err = w.provider.MonthlyReport(t.Context(), 2026, time.April)
	if e := cloudError(t, err); e.Kind != cloud.ErrUnsupported || !strings.Contains(e.Hint, "list_transactions") {
		t.Errorf("report: %+v", e)
	}
}

func TestTransactions(t *testing.T) {
	for _, tt := range []struct {
		types []string
		limit int
		want  int
	}{
		{nil, 100, 15}, {nil, 4, 15}, {nil, 1, 15},
		{[]string{"transaction"}, 100, 12}, {[]string{"transaction"}, 10, 12}, {[]string{"credit"}, 2, 3},
	} {
		w := newWorld(t)
		seen := map[cloud.TransactionID]bool{}
		page := cloud.PageRequest{Limit: tt.limit}
		for {
			rows, err := w.provider.ListTransactions(t.Context(), cloud.TransactionFilter{Types: tt.types}, page)
			if err != nil {
				t.Fatal(err)
			}
			if len(rows.Items) > tt.limit || len(rows.Items) == 0 {
				t.Fatalf("%v: %d rows for a limit of %d", tt.types, len(rows.Items), tt.limit)
			}
			for _, row := range rows.Items {
				seen[row.ID] = true
				if row.Total == nil || row.CreatedAt == nil || row.Note == "" || row.Account != "hostup" {
					t.Errorf("row %+v", row)
				}
				if row.Type == "transaction" && (row.Total.String() != "-1194.25 SEK" || row.ResourceKind != "invoice" || !strings.HasPrefix(row.ResourceID, "inv_")) {
					t.Errorf("row %+v", row)
				}
			}
			if page.Cursor = rows.Next; rows.Next == "" {
				break
			}
		}
		if len(seen) != tt.want {
			t.Errorf("%v by %d: %d rows, want %d", tt.types, tt.limit, len(seen), tt.want)
		}
	}
}

func TestTransactionsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		filter cloud.TransactionFilter
		cursor string
		says   string
	}{
		{cloud.TransactionFilter{Earliest: "2026-01-01"}, "", "earliest: HostUp's activity takes no dates"},
		{cloud.TransactionFilter{Latest: "2026-01-01"}, "", "latest: HostUp's activity takes no dates"},
		{cloud.TransactionFilter{Types: []string{"invoice"}}, "", "transaction and credit"},
		{cloud.TransactionFilter{}, "1", "cursor"},
		{cloud.TransactionFilter{}, "transaction.-1.0", "cursor"},
		{cloud.TransactionFilter{Types: []string{"credit"}}, "transaction.1.0", "cursor"},
	} {
		_, err := w.provider.ListTransactions(t.Context(), tt.filter, cloud.PageRequest{Limit: 10, Cursor: tt.cursor})
		if e := cloudError(t, err); e.Kind != cloud.ErrInvalid || !strings.Contains(e.Message, tt.says) {
			t.Errorf("%+v: %+v", tt, e)
		}
	}
	if sent := w.kit.Requests("hostup"); len(sent) > 0 {
		t.Errorf("requests left: %+v", sent)
	}
	// A list ends at an empty page, even if the vendor claims that there are more.
	page, err := answering(t, 200, nil, `{"entries":[],"hasMore":true}`).ListTransactions(t.Context(), cloud.TransactionFilter{}, cloud.PageRequest{Limit: 10})
	if err != nil || len(page.Items) > 0 || page.Next != "" {
		t.Errorf("page %+v, error %v", page, err)
	}
	if _, err := answering(t, 200, nil, `{}`).ListTransactions(t.Context(), cloud.TransactionFilter{}, cloud.PageRequest{}); !cloud.IsKind(err, cloud.ErrUnavailable) {
		t.Errorf("no list: %v", err)
	}
}

// TestVMBill checks the estimate of a pay-as-you-go server; a server of a plan has none,
// and no request is sent about it.
func TestVMBill(t *testing.T) {
	w := newWorld(t)
	read := func(id cloud.VMID) cloud.VM {
		vm, err := w.provider.GetVM(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return vm
	}
	payg := read(w.server(t, sandbox.StoppedPAYG, true))
	got, err := w.provider.VMBill(t.Context(), payg)
	if err != nil || got.VMID != payg.ID || got.Estimate == nil || got.From == nil || !got.To.After(*got.From) || len(got.Assumed) != 2 {
		t.Fatalf("%+v, error %v", got, err)
	}
	var parts []string
	sum := cloud.Money{Currency: "SEK"}
	for _, part := range got.Parts {
		parts = append(parts, part.Quantity+" "+part.What+" for "+part.PerHour.String())
		sum, _ = sum.Plus(*part.Estimate)
	}
	if said := strings.Join(parts, ", "); said != "2 cpu for 0.12 SEK, 4 memory for 0.04 SEK, 70 storage for 0.003 SEK, 1 ipv4 for 0.02 SEK" {
		t.Errorf("parts: %s", said)
	}
	if !sum.Equal(*got.Estimate) || !strings.Contains(got.Unknown, "list_transactions") {
		t.Errorf("the parts make %s of %s; unknown: %q", sum, got.Estimate, got.Unknown)
	}
	asked := len(w.kit.Requests("hostup"))
	plan := cloud.VM{ID: "vps_x", Billing: "monthly", Price: cloud.UnknownPrice("99 SEK per month.")}
	if got, err := w.provider.VMBill(t.Context(), plan); err != nil || got.Estimate != nil || !strings.Contains(got.Unknown, "99 SEK") {
		t.Errorf("plan: %+v, error %v", got, err)
	}
	if n := len(w.kit.Requests("hostup")); n != asked {
		t.Errorf("%d requests about a plan", n-asked)
	}
}
