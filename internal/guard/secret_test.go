package guard_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// TestNoSecretIsStored puts a marked secret into the arguments of a call and takes it
// through everything that can happen: it must not be in any file of the state folder,
// question or response.
func TestNoSecretIsStored(t *testing.T) {
	t.Parallel()
	const secret = "MARKED-hunter2-SECRET"
	with := func(size, password string) string {
		return fmt.Sprintf(`{"account":"acme","do":"make","name":"web","size":%q,"password":%q}`, size, password)
	}
	story(t, func(t *testing.T, w *world) {
		var told strings.Builder
		tell := func(answer got) got {
			fmt.Fprintf(&told, "%+v\n%+v\n%+v\n%+v\n", answer.outcome, answer.err, answer.Text, answer.Ask)
			return answer
		}
		for i, fault := range []fault{"", refused, lostDone, lostUndone, panicAfter} {
			call := with(fmt.Sprint(i), secret)
			id := tell(w.call(call)).want(t, "approval_required").operation()
			w.approve(id)
			// The approval is for this secret only, and the difference does not show the
			// other one.
			if other := tell(w.call(with(fmt.Sprint(i), secret+"-2"))).want(t, "approval_required"); !strings.Contains(other.Text, "password was") {
				t.Errorf("nothing says that the password differs:\n%s", other.Text)
			}
			w.cloud.fault = fault
			tell(w.call(call))
			detail, err := w.see(id)
			fmt.Fprintf(&told, "%+v %v\n", detail, err)
		}
		w.wantSent(5)
		tell(w.call(with("form", secret), roundTrip))
		if strings.Contains(told.String(), secret) {
			t.Errorf("a secret was told:\n%s", told.String())
		}
		synctest.Wait()
		files := 0
		err := filepath.WalkDir(w.dir, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			files++
			raw, err := os.ReadFile(path)
			if bytes.Contains(raw, []byte(secret)) || bytes.Contains(raw, []byte("hunter2")) {
				t.Errorf("%s holds a secret", entry.Name())
			}
			return err
		})
		if err != nil || files == 0 {
			t.Errorf("%d files: %v", files, err)
		}
	})
}

// TestSecretIsBound checks that the same call with another secret is another call, and
// with the same secret the same one, in every process that has the key.
func TestSecretIsBound(t *testing.T) {
	t.Parallel()
	with := func(password string) string {
		return fmt.Sprintf(`{"account":"acme","do":"make","name":"web","password":%q}`, password)
	}
	story(t, func(t *testing.T, w *world) {
		id := w.begin(with("one"))
		w.call(with("two")).want(t, "approval_required")
		stranger := w.process("stranger", func(o *guard.Options) { o.Key = []byte("another key of another folder") })
		callOn(t, stranger, with("one")).want(t, "approval_required")
		w.restart()
		if done := w.call(with("one")).want(t, "done"); done.operation() != id {
			t.Error("another operation was begun")
		}
	})
}

// TestPrincipals checks that nobody sees, uses, answers or withdraws an operation of
// another principal.
func TestPrincipals(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		id := w.begin(makeWeb)
		mallory := w.call(makeWeb, as("mallory")).want(t, "approval_required")
		if mallory.operation() == id {
			t.Fatal("an operation was shared")
		}
		if strings.Contains(mallory.Text, id) {
			t.Errorf("the question shows somebody else's operation:\n%s", mallory.Text)
		}
		w.wantSent(0)
		// Everything below is done by alice.
		unknown := func(err error) bool { return err != nil && tool.AsError(err).Code == tool.CodeUnknownOperation }
		if _, err := w.see(mallory.operation()); !unknown(err) {
			t.Errorf("see: %v", err)
		}
		if err := w.cancel(mallory.operation()); !unknown(err) {
			t.Errorf("cancel: %v", err)
		}
		err := w.own(func(ctx ctx) error {
			_, err := w.guard.WaitOperation(ctx, tool.OperationID(mallory.operation()), time.Second)
			return err
		})
		if !unknown(err) {
			t.Errorf("wait: %v", err)
		}
		err = w.own(func(ctx ctx) error {
			page, err := w.guard.ListOperations(ctx, tool.OperationFilter{Page: pageOf(10)})
			if len(page.Items) != 1 || string(page.Items[0].Operation) != id {
				t.Errorf("list: %+v", page.Items)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		w.wantState(mallory.operation(), store.Waiting)

		// Outside of a call: for a principal, or not at all.
		page, err := w.guard.ListOperations(guard.WithPrincipal(t.Context(), "mallory"), tool.OperationFilter{Page: pageOf(10)})
		if err != nil || len(page.Items) != 1 || string(page.Items[0].Operation) != mallory.operation() {
			t.Errorf("mallory's list: %+v, %v", page.Items, err)
		}
		if page, err := w.guard.ListOperations(t.Context(), tool.OperationFilter{Page: pageOf(10)}); err == nil {
			t.Errorf("nobody's list: %+v", page.Items)
		}
	})
}

// TestListOfOperations checks the paging of operations, and their states as time passes.
func TestListOfOperations(t *testing.T) {
	t.Parallel()
	story(t, func(t *testing.T, w *world) {
		var made []string
		for i := range 5 {
			made = append([]string{w.call(size(fmt.Sprint(i))).operation()}, made...)
		}
		list := func(filter tool.OperationFilter) (ids []string, next string) {
			t.Helper()
			err := w.own(func(ctx ctx) error {
				page, err := w.guard.ListOperations(ctx, filter)
				for _, row := range page.Items {
					ids = append(ids, string(row.Operation))
				}
				next = page.Next
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return ids, next
		}
		var paged []string
		page := pageOf(2)
		for {
			ids, next := list(tool.OperationFilter{Page: page})
			paged = append(paged, ids...)
			if page.Cursor = next; next == "" {
				break
			}
		}
		if strings.Join(paged, " ") != strings.Join(made, " ") {
			t.Errorf("paged %v, made %v", paged, made)
		}
		time.Sleep(time.Hour)
		if ids, _ := list(tool.OperationFilter{State: "waiting", Page: pageOf(10)}); len(ids) != 0 {
			t.Errorf("%d operations wait after an hour", len(ids))
		}
		if ids, _ := list(tool.OperationFilter{State: "expired", Page: pageOf(10)}); len(ids) != 5 {
			t.Errorf("%d operations are expired after an hour", len(ids))
		}
		if ids, _ := list(tool.OperationFilter{Account: "other", Page: pageOf(10)}); len(ids) != 0 {
			t.Errorf("%d operations on another account", len(ids))
		}
	})
}
