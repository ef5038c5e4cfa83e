package guard_test

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/tool"
)

// TestDamagedResult checks that nothing is decided without the IDs of an operation
// whose stored result cannot be read.
func TestDamagedResult(t *testing.T) {
	t.Parallel()
	call := func(w *world, arguments string) error {
		_, err := w.guard.Call(w.t.Context(), request(arguments))
		return err
	}
	capped := func(t *testing.T, w *world) {
		w.restart(rules(t, "spend:\n  per_month: 9000 EUR\n"), w.shown)
	}
	tests := []struct {
		name    string
		prepare func(t *testing.T, w *world)
		// after begins once another operation has made something.
		after func(w *world) (act func() error)
	}{
		{"did another operation make what is found", nil, func(w *world) func() error {
			w.lose(makes("lost"))
			return func() error { return call(w, makes("lost")) }
		}},
		{"did another operation make what a person says", nil, func(w *world) func() error {
			id := w.lose(makes("lost"))
			said := guard.Said{Made: []tool.MadeID{thingID("thing-9")}}
			return func() error { return w.desk().Settle(w.t.Context(), w.op(id), person(), said) }
		}},
		{"is it in what the cloud shows", capped, func(w *world) func() error {
			return func() error { return call(w, makes("more")) }
		}},
		{"when did it begin", capped, func(w *world) func() error {
			time.Sleep(time.Hour)
			return func() error { return call(w, makes("more")) }
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				if test.prepare != nil {
					test.prepare(t, w)
				}
				w.begin(makes("first"))
				w.call(makes("first")).want(t, "done")
				time.Sleep(time.Second)
				id := w.begin(makes("second"))
				w.call(makes("second")).want(t, "done")
				act := test.after(w)
				for _, damaged := range []string{`'{"ids":7}'`, `NULL`} {
					w.tamper(`UPDATE operations SET result = `+damaged+` WHERE id = '%s'`, id)
					if err := act(); err == nil || !strings.Contains(err.Error(), "read outcome of "+id) {
						t.Errorf("result %s: %v", damaged, err)
					}
				}
			})
		})
	}
}
