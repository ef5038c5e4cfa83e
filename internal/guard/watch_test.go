package guard_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
)

// TestWatchReadsFields checks that what a record says is read from its fields, and for
// records of earlier versions from the words of their reason.
func TestWatchReadsFields(t *testing.T) {
	t.Parallel()
	lapsed, withdrawn := guard.Happened{State: store.Expired, Answer: "lapsed"}, guard.Happened{State: store.Withdrawn, Answer: "withdrawn"}
	for _, test := range []struct {
		kind, body string
		want       guard.Happened
	}{
		{"expired", `{"from":"waiting","reason":"its time was over"}`, lapsed},
		{"expired", `{"from":"approved","reason":"its time was over"}`, guard.Happened{State: store.Expired}},
		{"expired", `{"reason":"from waiting"}`, lapsed},
		{"expired", `{"reason":"more than 20 questions of alice waited, and this was the oldest"}`, lapsed},
		{"expired", `{"reason":"from approved"}`, guard.Happened{State: store.Expired}},
		{"withdrawn", `{"from":"waiting","reason":"not wanted"}`, withdrawn},
		{"withdrawn", `{"from":"approved","reason":"not wanted"}`, guard.Happened{State: store.Withdrawn}},
		{"withdrawn", `{"reason":"from waiting"}`, withdrawn},
		{"withdrawn", `{"reason":"from approved"}`, guard.Happened{State: store.Withdrawn}},
		{"closed", `{"said":"nothing"}`, guard.Happened{State: store.Failed}},
		{"closed", `{"said":"done","result":{}}`, guard.Happened{State: store.Done}},
	} {
		story(t, func(t *testing.T, w *world) {
			record := store.Record{At: time.Now(), Kind: test.kind, Body: json.RawMessage(test.body)}
			if err := w.store.Append(t.Context(), record); err != nil {
				t.Fatal(err)
			}
			if got := w.happened(t); len(got) != 1 || got[0] != test.want {
				t.Errorf("%s %s: %+v, want %+v", test.kind, test.body, got, test.want)
			}
		})
	}
}

// happened returns what a watch reports of all records.
func (w *world) happened(t *testing.T) []guard.Happened {
	t.Helper()
	var all []guard.Happened
	if _, err := (guard.Watch{Store: w.store, Now: time.Now}).Since(t.Context(), 0, func(h guard.Happened) { all = append(all, h) }); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestRecordsSayFromWhichState checks the field that a record has when a question or an
// approval ends without being used.
func TestRecordsSayFromWhichState(t *testing.T) {
	t.Parallel()
	for from, begin := range map[string]func(w *world) string{
		"waiting":  func(w *world) string { return w.call(makeWeb).want(w.t, "approval_required").operation() },
		"approved": func(w *world) string { return w.begin(makeWeb) },
	} {
		for kind, end := range map[string]func(w *world, id string) error{
			"withdrawn": func(w *world, id string) error { return w.cancel(id) },
			"expired": func(w *world, id string) error {
				time.Sleep(time.Hour)
				_, err := w.see(id)
				return err
			},
		} {
			story(t, func(t *testing.T, w *world) {
				id := begin(w)
				if err := end(w, id); err != nil {
					t.Fatal(err)
				}
				records, err := w.store.RecordsOf(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				last := records[len(records)-1]
				if last.Kind != kind || !strings.Contains(string(last.Body), `"from":"`+from+`"`) {
					t.Errorf("%s from %s: %s %s", kind, from, last.Kind, last.Body)
				}
			})
		}
	}
}

// TestMistypedIsStored checks that the next question tells a wrong text from a no by what
// is stored, and for operations of earlier versions by the words of their error.
func TestMistypedIsStored(t *testing.T) {
	t.Parallel()
	for _, change := range []string{
		`UPDATE operations SET failure = replace(failure, 'What was typed is', 'The text was') WHERE id = '%s'`,
		`UPDATE operations SET failure = json_remove(failure, '$.mistyped') WHERE id = '%s'`,
	} {
		story(t, func(t *testing.T, w *world) {
			w.cloud.add(one())
			wrong := guard.Answer{Action: guard.Accept, Typed: "two"}
			id := w.call(deleteOne, saying(wrong, time.Second)).want(t, "error denied").operation()
			w.tamper(change, id)
			again := w.call(deleteOne).want(t, "approval_required")
			if !strings.Contains(again.Text, "something else than what had to be typed: operation "+id) {
				t.Errorf("%s: it says\n%s", change, again.Text)
			}
		})
	}
}
