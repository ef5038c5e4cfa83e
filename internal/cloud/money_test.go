package cloud_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
)

func money(t *testing.T, amount, currency string) cloud.Money {
	t.Helper()
	m, err := cloud.NewMoney(amount, currency)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMoneyIsExact(t *testing.T) {
	tests := []struct {
		name  string
		money cloud.Money
		text  string
		json  string
	}{
		{"cents", money(t, "1.99", "USD"), "1.99 USD", `"1.99 USD"`},
		{"zero is said as zero", money(t, "0", "SEK"), "0 SEK", `"0 SEK"`},
		{"negative", money(t, "-0.10", "EUR"), "-0.1 EUR", `"-0.1 EUR"`},
		{"what a float cannot hold", money(t, "12345678901234567890.000000000001", "USD"),
			"12345678901234567890.000000000001 USD", `"12345678901234567890.000000000001 USD"`},
		{"a tenth, thrice", money(t, "0.1", "USD").Times(3), "0.3 USD", `"0.3 USD"`},
		{"an hour, for a month", money(t, "0.000123", "USD").Times(720), "0.08856 USD", `"0.08856 USD"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.money.String(); got != tt.text {
				t.Errorf("text %q, want %q", got, tt.text)
			}
			raw, err := json.Marshal(tt.money)
			if err != nil || string(raw) != tt.json {
				t.Errorf("JSON %s, want %s, error %v", raw, tt.json, err)
			}
			var back cloud.Money
			if err := json.Unmarshal(raw, &back); err != nil || !back.Equal(tt.money) {
				t.Errorf("read back as %s, error %v", back, err)
			}
		})
	}
}

func TestMoneyIsOneText(t *testing.T) {
	for text, want := range map[string]string{
		`"2.675 USD"`:                  `"2.675 USD"`,
		`"-0.10 SEK"`:                  `"-0.1 SEK"`,
		`"12345678901234567890.1 USD"`: `"12345678901234567890.1 USD"`,
		`"1"`:                          "",
		`"USD 1"`:                      "",
		`1.5`:                          "",
	} {
		var m cloud.Money
		if err := json.Unmarshal([]byte(text), &m); (err != nil) != (want == "") {
			t.Errorf("%s: %v", text, err)
		}
		if raw, err := json.Marshal(m); want != "" && (err != nil || string(raw) != want) {
			t.Errorf("%s became %s, %v", text, raw, err)
		}
	}
}

func TestMoneyRefusesWhatIsNoNumber(t *testing.T) {
	for _, amount := range []string{"", "text", "1,99", "1.2.3", "NaN", "Inf", " 1", "1 USD", "0x10"} {
		if m, err := cloud.NewMoney(amount, "USD"); err == nil {
			t.Errorf("%q became %s", amount, m)
		}
	}
}

func TestMoneyIsAddedWithinACurrencyOnly(t *testing.T) {
	sum, ok := money(t, "0.1", "USD").Plus(money(t, "0.2", "USD"))
	if !ok || !sum.Equal(money(t, "0.3", "USD")) {
		t.Errorf("sum %s, ok %v", sum, ok)
	}
	if sum, ok := money(t, "1", "USD").Plus(money(t, "1", "SEK")); ok {
		t.Errorf("dollars and kronor made %s", sum)
	}
}

func TestMoneyEquality(t *testing.T) {
	dollar := money(t, "1.00", "USD")
	if !dollar.Equal(money(t, "1", "USD")) {
		t.Error("trailing zeros make a difference")
	}
	if dollar.Equal(money(t, "1", "EUR")) || dollar.Equal(money(t, "1.01", "USD")) {
		t.Error("another currency or amount makes none")
	}
}

func TestPrices(t *testing.T) {
	tests := []struct {
		name  string
		price cloud.Price
		text  string
		known bool
		json  string
	}{
		{"hourly", cloud.HourlyPrice(money(t, "2.5", "USD"), "offer", "the currency"), "2.5 USD per hour", true,
			`{"per_hour":"2.5 USD","per_30_days":"1800 USD","source":"offer","assumed":["the currency"]}`},
		{"free is known", cloud.HourlyPrice(money(t, "0", "USD"), "offer"), "0 USD per hour", true,
			`{"per_hour":"0 USD","per_30_days":"0 USD","source":"offer"}`},
		{"unknown is not 0", cloud.UnknownPrice("not told"), "unknown", false, `{"unknown":"not told"}`},
		{"nothing at all", cloud.Price{}, "unknown", false, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.price.String() != tt.text || tt.price.Known() != tt.known {
				t.Errorf("text %q, known %v", tt.price, tt.price.Known())
			}
			raw, err := json.Marshal(tt.price)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.json, string(raw)); diff != "" {
				t.Errorf("JSON (-want +got):\n%s", diff)
			}
		})
	}
}

// TestShares: a share is rounded, a difference is exact, and neither crosses
// currencies.
func TestShares(t *testing.T) {
	for want, got := range map[string]cloud.Money{
		"1.99 USD": money(t, "15.92", "USD").Share(8), "0.333333 USD": money(t, "1", "USD").Share(3), "0.666667 USD": money(t, "2", "USD").Share(3),
	} {
		if got.String() != want {
			t.Errorf("share %s, want %s", got, want)
		}
	}
	if rest, ok := money(t, "1.99", "USD").Minus(money(t, "2", "USD")); !ok || rest.String() != "-0.01 USD" {
		t.Errorf("rest %s", rest)
	}
	if _, ok := money(t, "1.99", "USD").Minus(money(t, "2", "SEK")); ok {
		t.Error("crowns were taken off dollars")
	}
	for _, pair := range [][2]cloud.Money{
		{money(t, "9", "SEK"), money(t, "1", "USD")}, {money(t, "1", "USD"), money(t, "1.01", "USD")}, {money(t, "-1", "USD"), money(t, "0", "USD")},
	} {
		if pair[0].Compare(pair[1]) != -1 || pair[1].Compare(pair[0]) != 1 || pair[0].Compare(pair[0]) != 0 {
			t.Errorf("%s and %s are in disorder", pair[0], pair[1])
		}
	}
}
