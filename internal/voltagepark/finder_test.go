package voltagepark_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
)

// TestFindWithoutAMark pins that a create without a marker is settled by name and time
// where exactly one new machine has the name, and is left to a person where several may
// be meant.
func TestFindWithoutAMark(t *testing.T) {
	for name, c := range map[string]struct {
		// ages are the ages of the machines called twin, in seconds before the create.
		ages   []int
		tags   []string // of the first
		others bool     // the first is known to be of another create
		found  []int
		maybe  []int
	}{
		"made":                           {ages: []int{0}, found: []int{0}},
		"not made":                       {ages: []int{3600}},
		"one old, one new":               {ages: []int{3600, 0}, found: []int{1}},
		"a namesake":                     {ages: []int{-5, 0}, maybe: []int{0, 1}},
		"a clock that is wrong":          {ages: []int{600}, maybe: []int{0}},
		"a wrong clock, and a new one":   {ages: []int{600, 0}, found: []int{1}},
		"a clock that is behind":         {ages: []int{30}, found: []int{0}},
		"a namesake of another create":   {ages: []int{0, 0}, others: true, found: []int{1}},
		"a namesake with a mark":         {ages: []int{0, 0}, tags: []string{"team", marker}, found: []int{1}},
		"only one with another's mark":   {ages: []int{0}, tags: []string{marker}},
		"tags that are not a mark of us": {ages: []int{0}, tags: []string{"team"}, found: []int{0}},
	} {
		h := newHouse(t)
		now := h.kit.Clock.Now()
		var ids []cloud.VMID
		for i, age := range c.ages {
			var tags []string
			if i == 0 {
				tags = c.tags
			}
			ids = append(ids, h.sandbox.PutVM("twin", now.Add(-time.Duration(age)*time.Second), tags...))
		}
		search := cloud.MachineSearch{Names: []string{"twin"}, Since: now}
		if c.others {
			search.Others = []string{string(ids[0])}
		}
		got, err := kind(h).FindMachine(t.Context(), search)
		if err != nil {
			t.Fatal(err)
		}
		var want cloud.FoundMachine
		for _, i := range c.found {
			want.IDs = append(want.IDs, ids[i])
		}
		for _, i := range c.maybe {
			want.Possible = append(want.Possible, cloud.Candidate{ID: string(ids[i]), Name: "twin"})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestFindRentalWithoutAMark is the same for rentals; a Pending one shows no tags.
func TestFindRentalWithoutAMark(t *testing.T) {
	h := newHouse(t)
	start := h.kit.Clock.Now()
	made, err := rentals(h).CreateRental(t.Context(), oneServer(t, h), "")
	if err != nil {
		t.Fatal(err)
	}
	find := func(others ...string) cloud.Found[cloud.RentalID] {
		t.Helper()
		found, err := rentals(h).FindRental(t.Context(), cloud.CreateSearch{Names: []string{"cluster-1"}, Since: start, Others: others})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if diff := cmp.Diff(cloud.Found[cloud.RentalID]{IDs: made.IDs}, find()); diff != "" {
		t.Error(diff)
	}
	if found := find(string(made.IDs[0])); len(found.IDs)+len(found.Possible) > 0 {
		t.Errorf("what another create made: %+v", found)
	}
	h.sandbox.PutRental("cluster-1", "Running")
	if found := find(); len(found.IDs) > 0 || len(found.Possible) != 2 {
		t.Errorf("a namesake: %+v", found)
	}
}
