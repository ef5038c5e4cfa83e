package hostup_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"countersign/internal/hostup"
)

func TestNumbersAreExact(t *testing.T) {
	tests := []struct {
		sent    string
		decimal string // empty: none
		whole   string // empty: none
	}{
		{`199`, "199", "199"},
		{`0`, "0", "0"},
		{`-25.50`, "-25.5", ""},
		{`0.003`, "0.003", ""},
		// A binary float cannot represent any of these.
		{`0.1`, "0.1", ""},
		{`0.30000000000000004`, "0.30000000000000004", ""},
		{`9007199254740993`, "9007199254740993", "9007199254740993"},
		{`123456789012345678.12345678901234567`, "123456789012345678.12345678901234567", ""},
		{`1e2`, "100", "100"},
		{`1.5E-3`, "0.0015", ""},
		{`80.0`, "80", "80"},
		{`"2.500000"`, "2.5", ""},
		{` 7 `, "7", "7"},
		{`99999999999999999999`, "99999999999999999999", ""},
		{`null`, "", ""},
		{`""`, "", ""},
		{`"text"`, "", ""},
		{`"1,99"`, "", ""},
		{`"0x10"`, "", ""},
		{`true`, "", ""},
		{`{}`, "", ""},
		{`[1]`, "", ""},
		{`1e999`, "", ""},
		{strings.Repeat("9", 21), "", ""},
	}
	for _, tt := range tests {
		var row struct {
			N hostup.Number `json:"n"`
		}
		if err := json.Unmarshal([]byte(`{"n":`+tt.sent+`}`), &row); err != nil {
			t.Errorf("%s: %v", tt.sent, err)
			continue
		}
		value, ok := row.N.Decimal()
		if ok != (tt.decimal != "") || ok && value.String() != tt.decimal {
			t.Errorf("%s is %s, %v; want %q", tt.sent, value, ok, tt.decimal)
		}
		whole, ok := row.N.Int()
		if ok != (tt.whole != "") || ok && decimal.NewFromInt(int64(whole)).String() != tt.whole {
			t.Errorf("%s is whole %d, %v; want %q", tt.sent, whole, ok, tt.whole)
		}
		if (row.N == "") != (tt.decimal == "") {
			t.Errorf("%s is kept as %q", tt.sent, row.N)
		}
	}
}

func TestNumbersAreWrittenAsTheyWere(t *testing.T) {
	for _, sent := range []string{`{"n":199}`, `{"n":-25.50}`, `{"n":1e2}`, `{"n":null}`} {
		var row struct {
			N hostup.Number `json:"n"`
		}
		if err := json.Unmarshal([]byte(sent), &row); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(row); err != nil || string(again) != sent {
			t.Errorf("%s became %s, error %v", sent, again, err)
		}
	}
	if n := hostup.NewNumber(decimal.RequireFromString("0.0030")); n != "0.003" {
		t.Errorf("made %q", n)
	}
}
