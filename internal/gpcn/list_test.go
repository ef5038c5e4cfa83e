package gpcn_test

import (
	"fmt"
	"testing"

	"countersign/internal/gpcn"
)

func TestNextPage(t *testing.T) {
	tests := []struct {
		name  string
		rows  int
		meta  string
		asked int
		want  int
	}{
		{"first of two", 2, `{"total":3,"page":1,"pageSize":2,"totalPages":2,"hasNextPage":true}`, 0, 2},
		{"last of two", 1, `{"total":3,"page":2,"pageSize":2,"totalPages":2,"hasNextPage":false}`, 2, 0},
		{"last of two, that says more", 1, `{"total":3,"page":2,"pageSize":2,"hasNextPage":true}`, 2, 0},
		{"placeholders of a page", 1, `{"total":1,"page":1,"pageSize":1,"totalPages":1,"hasNextPage":true}`, 1, 0},
		{"says no more", 2, `{"total":9,"hasNextPage":false}`, 1, 0},
		{"total only", 2, `{"total":3}`, 1, 2},
		{"pages only", 2, `{"totalPages":2}`, 1, 2},
		{"more only", 2, `{"hasNextPage":true}`, 1, 2},
		{"nothing said", 2, `{}`, 1, 0},
		{"no meta", 2, `null`, 1, 0},
		{"meta of another type", 2, `[1]`, 1, 0},
		{"no rows", 0, `{"total":9,"hasNextPage":true}`, 3, 0},
		{"always the first page", 2, `{"total":9,"page":1,"hasNextPage":true}`, 2, 0},
		{"numbers as texts", 2, `{"total":"3","page":"1","hasNextPage":"true"}`, 1, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows := ""
			for n := range tt.rows {
				rows += fmt.Sprintf(`,{"id":"%d"}`, n)
			}
			body := `{"success":true,"data":[` + rows[min(1, len(rows)):] + `],"meta":` + tt.meta + `}`
			list, err := answering(t, 200, body).ListVMs(t.Context(), gpcn.VMFilter{})
			if err != nil {
				t.Fatal(err)
			}
			if got := list.NextPage(tt.asked); got != tt.want || len(list.Items) != tt.rows {
				t.Errorf("next page %d, %d rows", got, len(list.Items))
			}
		})
	}
}

// The pages of every recorded list end: their placeholders say that more follows
// behind the only row.
func TestPlaceholdersDoNotPageForever(t *testing.T) {
	r := loadRecorded(t)["GET /v1/resource/gpu"]
	list, err := answering(t, r.Status, string(r.Response)).ListGPUs(t.Context(), gpcn.GPUFilter{})
	if err != nil || list.Meta == nil || !*list.Meta.HasNextPage || list.NextPage(1) != 0 {
		t.Errorf("list %+v, error %v", list, err)
	}
}

// All pages of the sandbox together are its machines, each once.
func TestPagesOfTheSandbox(t *testing.T) {
	h := newHouse(t)
	for n := range 9 {
		h.sandbox.PutVM(fmt.Sprintf("worker-%d", n))
	}
	seen := map[string]int{}
	requests := 0
	for page := 1; page != 0; requests++ {
		list, err := h.ListVMs(t.Context(), gpcn.VMFilter{ListOptions: gpcn.ListOptions{Page: page, Limit: 5}})
		if err != nil {
			t.Fatal(err)
		}
		for _, vm := range list.Items {
			seen[string(vm.ID)]++
		}
		page = list.NextPage(page)
	}
	if all := h.sandbox.VMs(); requests != 3 || len(seen) != len(all) {
		t.Errorf("%d requests, %d of %d machines", requests, len(seen), len(all))
	}
}
