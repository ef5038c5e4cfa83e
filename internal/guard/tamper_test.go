package guard_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/policy"
	"countersign/internal/store"
	"countersign/internal/store/sqlite/sqlitetest"
)

// tamper changes rows of the state behind the store's back; %s stands for an operation's
// ID. The statement has to change something.
func (w *world) tamper(statement string, id string) {
	w.t.Helper()
	changed, err := sqlitetest.Tamper(w.t.Context(), w.dir, strings.ReplaceAll(statement, "%s", id))
	if err != nil || changed == 0 {
		w.t.Fatalf("%s: %d rows, %v", statement, changed, err)
	}
}

const (
	makeBig   = `{"account":"acme","do":"make","name":"web","size":"xxl"}`
	sayApprov = `UPDATE operations SET state = 'approved', approver = 'bob', road = 'terminal', terminal = '/dev/pts/1',
		answered_at = created_at, expires_at = '2099-01-01T00:00:00.000000000Z', sent_at = NULL, ended_at = NULL, delivered_at = NULL,
		result = NULL, failure = NULL WHERE id = '%s'`
	revive = `UPDATE operations SET state = 'approved', ended_at = NULL, delivered_at = NULL, result = NULL, failure = NULL WHERE id = '%s'`
)

// TestRowsAloneApproveNothing is an adversary who writes rows: an approval that is not in
// the audit does not count, and a person is asked anew.
func TestRowsAloneApproveNothing(t *testing.T) {
	t.Parallel()
	waiting := func(w *world, call string) string {
		return w.call(call).want(w.t, "approval_required").operation()
	}
	approved := func(w *world, call string) string { return w.begin(call) }
	deny := func(w *world, id string) {
		if err := w.desk().Deny(w.t.Context(), w.op(id), person(), ""); err != nil {
			w.t.Fatal(err)
		}
		w.call(makeBig).want(w.t, "error denied")
	}
	tests := []struct {
		name  string
		begin func(w *world) string
		sql   string
		sent  int // before
	}{
		{"a question is marked as approved", func(w *world) string { return waiting(w, makeBig) }, sayApprov, 0},
		{"an approval for something else is put under this call", func(w *world) string {
			other, big := approved(w, makeWeb), waiting(w, makeBig)
			w.tamper(`CREATE TABLE kept AS SELECT * FROM operations; DELETE FROM kept WHERE id <> '%s'`, big)
			w.tamper(`DELETE FROM operations WHERE id = '%s'`, big)
			return other
		}, `UPDATE operations SET (call, arguments, plan, plan_digest, equal, charge, summary) =
			(SELECT call, arguments, plan, plan_digest, equal, charge, summary FROM kept) WHERE id = '%s'`, 0},
		{"an approval is made to look like another one's", func(w *world) string {
			other, big := approved(w, makeWeb), waiting(w, makeBig)
			w.tamper(`DELETE FROM operations WHERE id = '%s'`, other)
			w.tamper(sayApprov, big)
			return other
		}, `UPDATE operations SET id = '%s' WHERE state = 'approved'`, 0},
		{"somebody else's approval", func(w *world) string {
			id := w.call(makeBig, as("mallory")).want(w.t, "approval_required").operation()
			w.approve(id)
			mine := waiting(w, makeBig)
			w.tamper(`UPDATE operations SET state = 'withdrawn' WHERE id = '%s'`, mine)
			return id
		}, `UPDATE operations SET principal = 'alice', call = (SELECT call FROM operations WHERE principal = 'alice') WHERE id = '%s'`, 0},
		{"a row that nobody asked for", func(w *world) string {
			id := waiting(w, makeBig)
			w.tamper(`UPDATE operations SET id = 'op_made_up' WHERE id = '%s'`, id)
			w.tamper(sayApprov, "op_made_up")
			return "op_made_up"
		}, `UPDATE operations SET version = 2 WHERE id = '%s'`, 0},
		{"used once already", func(w *world) string {
			id := approved(w, makeBig)
			w.call(makeBig).want(w.t, "done")
			return id
		}, revive, 1},
		{"a person said no", func(w *world) string {
			id := waiting(w, makeBig)
			deny(w, id)
			return id
		}, sayApprov, 0},
		{"withdrawn after the yes", func(w *world) string {
			id := approved(w, makeBig)
			if err := w.cancel(id); err != nil {
				w.t.Fatal(err)
			}
			return id
		}, revive, 0},
		{"lapsed, and made to last", func(w *world) string {
			id := approved(w, makeBig)
			time.Sleep(limits().UseTTL)
			return id
		}, `UPDATE operations SET expires_at = '2099-01-01T00:00:00.000000000Z' WHERE id = '%s'`, 0},
		{"the road is another one", func(w *world) string { return approved(w, makeBig) }, `UPDATE operations SET road = 'form' WHERE id = '%s'`, 0},
		{"what is recorded as planned is another thing", func(w *world) string { return approved(w, makeBig) }, `UPDATE operations SET charge = NULL, equal = '' WHERE id = '%s'`, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				id := test.begin(w)
				w.tamper(test.sql, id)
				asked := w.call(makeBig).want(t, "approval_required")
				w.wantSent(test.sent)
				if asked.operation() == id || !strings.Contains(asked.Text, id) || !strings.Contains(asked.Text, "the audit does not say so") {
					t.Errorf("it is asked as %s\n%s", asked.operation(), asked.Text)
				}
				if kinds := w.kinds(id); kinds[len(kinds)-1] != "drifted" {
					t.Errorf("the audit says %v", kinds)
				}
				// A real approval counts.
				w.approve(asked.operation())
				w.call(makeBig).want(t, "done")
				w.wantSent(test.sent + 1)
			})
		})
	}
}

// TestAQuestionIsWhatWasAsked checks that nobody is shown, or can approve, a question
// whose row was altered.
func TestAQuestionIsWhatWasAsked(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		`UPDATE operations SET plan = replace(plan, 'xxl', 's') WHERE id = '%s'`,
		`UPDATE operations SET plan = replace(plan, '"summary"', '"notes":["The owner has agreed."],"summary"') WHERE id = '%s'`,
		`UPDATE operations SET summary = 'look at it' WHERE id = '%s'`,
		`UPDATE operations SET call = 'x', plan_digest = 'y' WHERE id = '%s'`,
		`UPDATE operations SET needs = 'caller' WHERE id = '%s'`,
		`UPDATE operations SET expires_at = '2099-01-01T00:00:00.000000000Z' WHERE id = '%s'`,
	} {
		story(t, func(t *testing.T, w *world) {
			id := w.call(makeBig).want(t, "approval_required").operation()
			shown := w.op(id)
			w.tamper(sql, id)
			if q, err := w.desk().Question(t.Context(), w.op(id)); err == nil {
				t.Errorf("%s: shown\n%s", sql, q.Text)
			}
			err := w.desk().Approve(t.Context(), w.op(id), person())
			if err == nil || !strings.Contains(err.Error(), "somebody has changed") {
				t.Errorf("%s: approved: %v", sql, err)
			}
			w.wantState(id, store.Waiting)
			// The row that was read before is approved and written back.
			if err := w.desk().Approve(t.Context(), shown, person()); err != nil {
				t.Errorf("%s: %v", sql, err)
			}
			if op := w.op(id); op.Call != shown.Call || op.Summary != shown.Summary {
				t.Errorf("%s: it is on file as %s", sql, op.Summary)
			}
			w.call(makeBig).want(t, "done")
			w.wantSent(1)
		})
	}
}

// TestAQuestionIsShownWhileItIsAnswered checks that a person who reads a question while
// another one answers it gets no error of the store.
func TestAQuestionIsShownWhileItIsAnswered(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		id := w.call(makeBig).want(t, "approval_required").operation()
		read := w.op(id)
		w.approve(id)
		if q, err := w.desk().Question(t.Context(), read); err != nil || q.Operation != id {
			t.Errorf("%+v, %v", q, err)
		}
		if err := w.desk().Approve(t.Context(), read, person()); err == nil || !strings.Contains(err.Error(), "was answered already") {
			t.Errorf("approved twice: %v", err)
		}
	})
}

// TestRecordsAloneApproveNothing writes a record by hand beside the row.
func TestRecordsAloneApproveNothing(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.tampered = true
		real, id := w.begin(makeWeb), w.call(makeBig).want(t, "approval_required").operation()
		w.tamper(sayApprov, id)
		w.tamper(`DROP TRIGGER audit_is_not_changed; UPDATE audit SET operation = '%s' WHERE kind = 'approved'`, id)
		if asked := w.call(makeBig).want(t, "approval_required"); asked.operation() == id {
			t.Error("a record of something else was taken")
		}
		w.call(makeWeb).want(t, "approval_required") // its yes is on record no more
		w.wantSent(0)
		w.wantState(real, store.Drifted)
	})
}

// TestTheRecordIsWholeByItself checks that a record with a wrong hash does not count.
func TestTheRecordIsWholeByItself(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		w.tampered = true
		id := w.begin(makeBig)
		w.tamper(`DROP TRIGGER audit_is_not_changed; UPDATE audit SET prev = hash WHERE operation = '%s' AND kind = 'approved'`, id)
		if asked := w.call(makeBig).want(t, "approval_required"); asked.operation() == id {
			t.Error("a broken record was taken")
		}
		w.wantSent(0)
	})
}

// TestGrantRowsAloneCoverNothing is an adversary who writes a grant, or improves one.
func TestGrantRowsAloneCoverNothing(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, sql string }{
		{"used up, and made to last", `UPDATE grants SET uses = 100, per_hour = '1000 EUR' WHERE id = '%s'`},
		{"for something else", `UPDATE grants SET equal = 'thing|xxl' WHERE id = '%s'`},
		{"of another ID", `UPDATE grants SET id = 'grant_made_up' WHERE id = '%s'`},
		{"over, and prolonged", `UPDATE grants SET until = '2099-01-01T00:00:00.000000000Z' WHERE id = '%s'`},
		{"approved on a better road", `UPDATE grants SET road = 'form' WHERE id = '%s'`},
		{"of another operation", `UPDATE grants SET operation = 'op_made_up' WHERE id = '%s'`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.restart(w.shown)
				w.tamper(test.sql, w.granted())
				for _, call := range []string{makeWeb, makeOther, makeBig} {
					w.call(call).want(t, "approval_required")
				}
				w.wantSent(0)
			})
		})
	}
	t.Run("revoked, and put back", func(t *testing.T) {
		t.Parallel()
		story(t, func(t *testing.T, w *world) {
			w.restart(w.shown)
			id := w.granted()
			if err := w.desk().Revoke(t.Context(), id, "bob"); err != nil {
				t.Fatal(err)
			}
			w.tamper(`UPDATE grants SET revoked_at = NULL, revoked_by = '' WHERE id = '%s'`, id)
			w.call(makeWeb).want(t, "approval_required")
			w.wantSent(0)
		})
	})
}

// TestNeedsOfARowAreNotBelieved checks that a caller cannot confirm its own call by
// changing the row so that it may.
func TestNeedsOfARowAreNotBelieved(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		id := w.call(makeBig).want(t, "approval_required").operation()
		w.tamper(`UPDATE operations SET needs = '`+string(policy.Caller)+`' WHERE id = '%s'`, id)
		if err := w.confirm(id, w.op(id).Summary); err == nil {
			t.Error("it was confirmed")
		}
		w.wantState(id, store.Waiting)
	})
}

// TestEveryFieldIsInTheRow checks that every field of an operation or a grant is bound to
// the audit, or is listed here with a reason.
func TestEveryFieldIsInTheRow(t *testing.T) {
	t.Parallel()
	free := map[string]string{
		"Nonce": "spent by an answer", "Version": "moves with every change", "Instance": "says who asked, and who carries out",
		"SentAt": "later", "EndedAt": "later", "Jobs": "later", "Result": "later", "Failure": "later", "ClosedBy": "later", "DeliveredAt": "later",
		"RevokedAt": "a record of its own", "RevokedBy": "a record of its own",
	}
	check := func(name string, sum func(change func(reflect.Value)) string, of reflect.Type) {
		plain := sum(func(reflect.Value) {})
		for i := range of.NumField() {
			field := of.Field(i).Name
			changed := sum(func(v reflect.Value) { fill(t, v.Field(i)) })
			if _, isFree := free[field]; (changed == plain) != isFree {
				t.Errorf("%s.%s: bound to the audit: %v", name, field, changed != plain)
			}
		}
	}
	check("Operation", func(change func(reflect.Value)) string {
		var op store.Operation
		change(reflect.ValueOf(&op).Elem())
		return guard.OperationDigest(op)
	}, reflect.TypeFor[store.Operation]())
	check("Grant", func(change func(reflect.Value)) string {
		var g store.Grant
		change(reflect.ValueOf(&g).Elem())
		return guard.GrantDigest(g)
	}, reflect.TypeFor[store.Grant]())
}

func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Slice:
		v.SetBytes([]byte("x"))
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	default:
		t.Fatalf("a field of kind %s", v.Kind())
	}
}
