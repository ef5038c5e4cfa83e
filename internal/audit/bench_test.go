package audit_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"countersign/internal/audit"
	"countersign/internal/store"
)

// body returns a body as long as those of the guard.
func body() json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"principal":"local","tool":"create_vm","account":"voltagepark","effect":"bill","summary":%q,"plan_digest":"%064d","by":"the user of the client","road":"form","seconds":12.5}`,
		"Create 1 VM on voltagepark (voltagepark_vm) for 1.99 USD per hour.", 0))
}

// BenchmarkVerify verifies a chain of 100 000 records, on its own, with an anchor
// that has every hundredth of them, and from an export.
func BenchmarkVerify(b *testing.B) {
	const records, batch = 100_000, 100
	w := newWorld(b)
	all := make([]store.Record, batch)
	for i := range all {
		all[i] = store.Record{At: noon(), Operation: "op_0123456789abcdefghij", Kind: "approved", Body: body()}
	}
	for range records / batch {
		if err := w.store.Append(b.Context(), all...); err != nil {
			b.Fatal(err)
		}
	}
	w.store = w.open("")
	path := file(b, w.export())
	for name, verify := range map[string]func() (audit.Finding, error){
		"store":  func() (audit.Finding, error) { return audit.VerifyStore(b.Context(), w.store, audit.Sources{}) },
		"anchor": func() (audit.Finding, error) { return audit.VerifyStore(b.Context(), w.store, w.anchored()) },
		"export": func() (audit.Finding, error) { return audit.VerifyFile(path, audit.Sources{}) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				found, err := verify()
				if err != nil || found.Broken != nil || found.Count != records {
					b.Fatalf("%+v, %v", found, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
		})
	}
}

// BenchmarkAppend appends one record durably: without a witness, with one that
// only logs, and with an anchor.
func BenchmarkAppend(b *testing.B) {
	record := store.Record{At: noon(), Operation: "op_0123456789abcdefghij", Kind: "approved", Body: body()}
	for name, anchored := range map[string]bool{"plain": false, "anchor": true} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			if !anchored {
				w.store = w.open("")
			}
			for b.Loop() {
				if err := w.store.Append(b.Context(), record); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
