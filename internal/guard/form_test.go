package guard_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/guard"
	"countersign/internal/store"
)

// unanswerable is a store that cannot store the answer to a question.
type unanswerable struct{ store.Store }

func (u unanswerable) UpdateOperation(ctx context.Context, op *store.Operation, from store.State, records ...store.Record) error {
	if from == store.Waiting {
		return errors.New("disk full")
	}
	return u.Store.UpdateOperation(ctx, op, from, records...)
}

// TestFormThatFails checks that the log has the error of a form exactly once, also when
// the call has ended before, and that the text tells the two kinds of failure apart.
func TestFormThatFails(t *testing.T) {
	t.Parallel()
	failing := form(func(context.Context, guard.Question) (guard.Answer, error) {
		return guard.Answer{}, errors.New("no handler")
	})
	for _, test := range []struct {
		name            string
		form            func(*guard.Request)
		text, logged    string
		storeCannotTake bool
	}{
		{"the client fails", failing, "The form could not be shown.", "no handler", false},
		{"the store fails", saying(yes, time.Second), "The answer to the form could not be stored.", "disk full", true},
		{"the store fails after the call", saying(yes, limits().FormWait+time.Second), "The form has not been answered yet.", "disk full", true},
		{"the store fails at a no", saying(no, limits().FormWait+time.Second), "The form has not been answered yet.", "disk full", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				var log bytes.Buffer
				w.cloud.add(one())
				w.restart(func(o *guard.Options) {
					o.Log = zerolog.New(&log)
					if test.storeCannotTake {
						o.Store = unanswerable{o.Store}
					}
				})
				if answer := w.call(stopOne, test.form).want(t, "approval_required"); !strings.Contains(answer.Text, test.text) {
					t.Errorf("it says\n%s", answer.Text)
				}
				time.Sleep(limits().FormWait)
				synctest.Wait()
				if n := strings.Count(log.String(), test.logged); n != 1 {
					t.Errorf("the error is logged %d times:\n%s", n, log.String())
				}
			})
		})
	}
}

// TestFormThatIsTooLateIsNoFailure checks that an answer to a question that was answered
// meanwhile is not logged as an error.
func TestFormThatIsTooLateIsNoFailure(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		var log bytes.Buffer
		w.cloud.add(one())
		w.restart(func(o *guard.Options) { o.Log = zerolog.New(&log) })
		id := w.call(stopOne, saying(yes, limits().FormWait+time.Second)).want(t, "approval_required").operation()
		if err := sayNo(w.desk(), w.op(id)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(limits().FormWait)
		synctest.Wait()
		if log.Len() > 0 {
			t.Errorf("logged\n%s", log.String())
		}
	})
}
