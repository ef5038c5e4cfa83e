package record_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/internal/cloud"
	"countersign/internal/record"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// written is a body with every field that the guard sets, as it stands in chains
// that were written before; its bytes never change.
const written = `{"principal":"local","tool":"create_vm","account":"gpcn","effect":"bill","summary":"Create 1 VM \u003c\"web\"\u003e \u0026 more.","plan_digest":"d1",` +
	`"shown":{"targets":[{"kind":"vm","id":"v-1","name":"web"}],"facts":[{"label":"offer","value":"small"}],"changes":[{"field":"name","before":"a","after":"b"}],` +
	`"cost":{"after":{}},"budget":[{"label":"burn now","value":"9 EUR"}],` +
	`"grant":{"tool":"create_vm","noun":"vm","equal":"e","uses":2,"per_hour":"1.99 USD","until":"2026-03-04T12:00:00Z"},` +
	`"opens":["22"],"consequences":["c"],"notes":["n"],"attachments":[{"title":"cloud-init","sha256":"ab12"}]},` +
	`"by":"ana","road":"terminal","terminal":"/dev/pts/7","seconds":12.5,"marker":"countersign-0123","grant":"gr_1","needs":"human","charge":{"per_hour":"1.99 USD"},"reason":"r",` +
	`"result":{"summary":"Created 1 VM.","ids":[{"kind":"vm","id":"v-1"}]},"parts":[{"job":"j-1","state":"running"}],"failure":{"code":"denied","message":"No."},` +
	`"row":"ro","pin":"pi","said":"nothing came of it","checked":false}`

func full(t *testing.T) record.Body {
	t.Helper()
	perHour, err := cloud.NewMoney("1.99", "USD")
	if err != nil {
		t.Fatal(err)
	}
	return record.Body{
		Principal: "local", Tool: "create_vm", Account: "gpcn", Effect: "bill", Summary: `Create 1 VM <"web"> & more.`, PlanDigest: "d1",
		Shown: &record.Shown{
			Targets: []tool.Target{{Kind: "vm", ID: "v-1", Name: "web"}},
			Facts:   []cloud.Fact{{Label: "offer", Value: "small"}},
			Changes: []tool.FieldChange{{Field: "name", Before: "a", After: "b"}},
			Cost:    &tool.Cost{},
			Budget:  []cloud.Fact{{Label: "burn now", Value: "9 EUR"}},
			Grant:   &tool.GrantTerms{Tool: "create_vm", Noun: "vm", Equal: "e", Uses: 2, PerHour: perHour, Until: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)},
			Opens:   []string{"22"}, Consequences: []string{"c"}, Notes: []string{"n"},
			Attachments: []record.Attachment{{Title: "cloud-init", SHA256: "ab12"}},
		},
		By: "ana", Road: "terminal", Terminal: "/dev/pts/7", Seconds: new(12.5), Marker: "countersign-0123", Grant: "gr_1", Needs: "human",
		Charge: json.RawMessage(`{"per_hour":"1.99 USD"}`), Reason: "r",
		Result: json.RawMessage(`{"summary":"Created 1 VM.","ids":[{"kind":"vm","id":"v-1"}]}`),
		Parts:  json.RawMessage(`[{"job":"j-1","state":"running"}]`), Failure: json.RawMessage(`{"code":"denied","message":"No."}`),
		Row: "ro", PIN: "pi", Said: "nothing came of it", Checked: new(false),
	}
}

// TestBodiesKeepTheirBytes pins the JSON of a body, and the hash that a record with
// it has: a chain that was written before still verifies.
func TestBodiesKeepTheirBytes(t *testing.T) {
	raw, err := json.Marshal(full(t))
	if err != nil || string(raw) != written {
		t.Errorf("%v\n got %s\nwant %s", err, raw, written)
	}
	r := store.Record{At: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), Operation: "op_1", Kind: record.Asked, Body: raw}
	_, head, err := store.Head{}.Seal([]store.Record{r})
	if want := "51cc8124daae91e6e5ca64e86056b3bcb5b1f6778795ae3413ff8a75c5f4e393"; err != nil || head.Hash != want {
		t.Errorf("the hash is %s (%v), want %s", head.Hash, err, want)
	}
}

// TestReadKnowsEveryField pins that what a body can hold is read back whole, and
// that every field of it was tried.
func TestReadKnowsEveryField(t *testing.T) {
	want := full(t)
	want.From, want.Repeats, want.Carried, want.Possible = store.Waiting, 399, &store.Head{Seq: 3, Hash: "h"}, []string{"v-1"}
	for i, v := 0, reflect.ValueOf(want); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("%s is not set here", v.Type().Field(i).Name)
		}
	}
	raw, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, more := record.Read(raw)
	if len(more) != 0 {
		t.Errorf("not known: %s", more)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b cloud.Money) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("read otherwise (-want +got):\n%s", diff)
	}
}

func TestReadKeepsWhatItDoesNotKnow(t *testing.T) {
	for raw, want := range map[string]string{
		`{"by":"ana","weight":[1,2]}`: `{"weight":[1,2]}`,
		`{"by":"ana","seconds":"x"}`:  `{"seconds":"x"}`,
		`{"by":"ana"}`:                `{}`,
		`garbage`:                     `{"body":"garbage"}`,
		`[]`:                          `{"body":"[]"}`,
		``:                            `null`,
		`null`:                        `null`,
	} {
		b, more := record.Read(json.RawMessage(raw))
		got, err := json.Marshal(more)
		if err != nil || string(got) != want || (b.By == "ana") != (raw[:min(1, len(raw))] == "{") {
			t.Errorf("%s: by %q, more %s (%v), want %s", raw, b.By, got, err, want)
		}
	}
}
