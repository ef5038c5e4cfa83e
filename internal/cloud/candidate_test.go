package cloud_test

import (
	"fmt"
	"slices"
	"testing"

	"countersign/internal/cloud"
)

// TestNearest pins which exact IDs are offered for a wrong one, and in what
// order: the same name first, then IDs that were mistyped, then shared text.
func TestNearest(t *testing.T) {
	t.Parallel()
	all := []cloud.Candidate{
		{ID: "aaaaaaaa-0001", Name: "web"}, {ID: "aaaaaaaa-0002", Name: "web-2"}, {ID: "bbbbbbbb-0003", Name: "Web"},
		{ID: "cccccccc-0004", Name: ""}, {ID: "dddddddd-0005", Name: "db"}, {ID: "eeeeeeee-0006", Name: "cache"},
	}
	presets := []cloud.Candidate{
		{ID: "19793722-5ca1-4791-a412-86a3b9c8050c", Name: "1x H100-SXM5-80GB"}, {ID: "29793722-5ca1-4791-a412-86a3b9c8050c", Name: "8x H100-SXM5-80GB"},
		{ID: "a3111bd4-550a-47d0-838a-0a52bff2ae3f", Name: "1x H200-SXM5-141GB"}, {ID: "b3111bd4-550a-47d0-838a-0a52bff2ae3f", Name: "8x H200-SXM5-141GB"},
		{ID: "c3111bd4-0000-47d0-838a-0a52bff2ae3f", Name: "1x B200"}, {ID: "d3111bd4-0000-47d0-838a-0a52bff2ae3f", Name: "8x B200"},
	}
	places := []cloud.Candidate{{ID: "stockholm"}, {ID: "helsinki"}, {ID: "oslo"}, {ID: "paris"}, {ID: "london"}, {ID: "berlin"}}
	tests := []struct {
		name, given string
		all         []cloud.Candidate
		want        []string
	}{
		{"name, whatever its case", "WEB", all, []string{"aaaaaaaa-0001", "bbbbbbbb-0003", "aaaaaaaa-0002"}},
		{"part of a name", "eb-", all, []string{"aaaaaaaa-0002"}},
		{"a name and more", "db-server", all, []string{"dddddddd-0005"}},
		{"ID in other case", "DDDDDDDD-0005", all, []string{"dddddddd-0005"}},
		{"end of an ID", "0004", all, []string{"cccccccc-0004"}},
		{"start of an ID, wrong end", "aaaaaaaa-9999", all, []string{"aaaaaaaa-0001", "aaaaaaaa-0002"}},
		{"ID with one typo", "a3111bd4-550a-47d0-838a-0a52bff2aE3e", presets,
			[]string{"a3111bd4-550a-47d0-838a-0a52bff2ae3f", "b3111bd4-550a-47d0-838a-0a52bff2ae3f"}},
		{"ID with its first characters swapped", "9179372-5ca1-4791-a412-86a3b9c8050c", presets,
			[]string{"19793722-5ca1-4791-a412-86a3b9c8050c", "29793722-5ca1-4791-a412-86a3b9c8050c"}},
		{"ID with five typos", "00000722-5ca1-4791-a412-86a3b9c8050c", presets, nil},
		{"short ID with one typo", "stockhlm", places, []string{"stockholm"}},
		{"too many typos for its length", "stck", places, nil},
		{"words in another order", "H200 8x", presets, []string{"b3111bd4-550a-47d0-838a-0a52bff2ae3f"}},
		{"not all of the words", "H200 4x", presets, nil},
		{"too short a start", "aaaaaaa-9999", all, nil},
		{"nothing like it, of many", "zzz", all, nil},
		{"nothing like it, of few", "zzz", all[:2], []string{"aaaaaaaa-0001", "aaaaaaaa-0002"}},
		{"empty, of many", "", all, nil},
		{"nothing there", "web", nil, nil},
	}
	for _, test := range tests {
		var got []string
		for _, c := range cloud.Nearest(test.given, test.all) {
			got = append(got, c.ID)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	var many []cloud.Candidate
	for i := range 50 {
		many = append(many, cloud.Candidate{ID: fmt.Sprint(i), Name: "web"})
	}
	if got := cloud.Nearest("web", many); len(got) != 5 {
		t.Errorf("%d of 50 equals are offered", len(got))
	}
}
