package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"countersign/internal/store"
	"countersign/internal/store/sqlite"
	"countersign/internal/store/storetest"
)

// The test binary starts itself as another process of the same store.
const (
	roleVariable = "STORE_TEST_ROLE"
	dirVariable  = "STORE_TEST_DIR"
	nameVariable = "STORE_TEST_NAME"
)

// roles returns what such a process can do, by name.
func roles() map[string]func(dir, name string) error {
	return map[string]func(dir, name string) error{"race": race, "write": write}
}

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := roles()[role](os.Getenv(dirVariable), os.Getenv(nameVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child returns the command of the test binary in a role.
func child(t *testing.T, role, dir, name string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	// With the race detector, a program waits for a second before it ends by default.
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", roleVariable+"="+role, dirVariable+"="+dir, nameVariable+"="+name)
	return cmd
}

// transitions is the number of operations that the processes race for.
const transitions = 40

// race opens a store that may not exist yet. It tries to insert and to approve each
// operation before the other processes do, and prints which races it won.
func race(dir, name string) error {
	s, err := sqlite.Open(context.Background(), dir)
	if err != nil {
		return err
	}
	for i := range transitions {
		op := store.Operation{ID: fmt.Sprintf("op_%d", i), Call: fmt.Sprintf("call_%d", i), State: store.Waiting}
		record := store.Record{Operation: op.ID, Kind: "asked"}
		if err := s.InsertOperation(context.Background(), &op, record); err == nil {
			fmt.Println("inserted", op.ID)
		} else if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if op, err = s.Operation(context.Background(), op.ID); err != nil {
			return err
		}
		op.State, op.Approver, record.Kind = store.Approved, name, "approved"
		if err := s.UpdateOperation(context.Background(), &op, store.Waiting, record); err == nil {
			fmt.Println("approved", op.ID)
		} else if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return s.Close()
}

func TestEightProcessesOpenANewStoreAndOneWinsEachTransition(t *testing.T) {
	const processes = 8
	dir := filepath.Join(t.TempDir(), "state")
	var outputs, complaints [processes]bytes.Buffer
	var commands [processes]*exec.Cmd
	for i := range commands {
		commands[i] = child(t, "race", dir, strconv.Itoa(i))
		commands[i].Stdout, commands[i].Stderr = &outputs[i], &complaints[i]
		if err := commands[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	winner := map[string]string{}
	for i, cmd := range commands {
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v: %s", i, err, complaints[i].String())
		}
		for line := range strings.Lines(outputs[i].String()) {
			won := strings.TrimSpace(line)
			if other, found := winner[won]; found {
				t.Errorf("%s by process %s and by %d", won, other, i)
			}
			winner[won] = strconv.Itoa(i)
		}
	}
	if len(winner) != 2*transitions {
		t.Errorf("%d wins, want %d", len(winner), 2*transitions)
	}
	s := open(t, dir)
	ops, err := s.Operations(t.Context(), store.OperationQuery{States: []store.State{store.Approved}})
	if err != nil || len(ops) != transitions {
		t.Fatalf("%d operations are approved (%v), want %d", len(ops), err, transitions)
	}
	for _, op := range ops {
		if want := winner["approved "+op.ID]; op.Approver != want || op.Version != 2 {
			t.Errorf("%s: approved by %s in version %d, won by %s", op.ID, op.Approver, op.Version, want)
		}
	}
	if n, _, broken := storetest.VerifyAudit(t, s); n != 2*transitions || broken != nil {
		t.Errorf("audit: %d records, %+v", n, broken)
	}
}

// write inserts and approves operations until it is killed, and acknowledges
// each that was stored.
func write(dir, name string) error {
	s, err := sqlite.Open(context.Background(), dir)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		op := store.Operation{ID: fmt.Sprintf("op_%s_%d", name, i), State: store.Waiting}
		if err := s.InsertOperation(context.Background(), &op, store.Record{Operation: op.ID, Kind: "asked"}); err != nil {
			return err
		}
		fmt.Println(op.ID, store.Waiting)
		op.State = store.Approved
		if err := s.UpdateOperation(context.Background(), &op, store.Waiting, store.Record{Operation: op.ID, Kind: "approved"}); err != nil {
			return err
		}
		fmt.Println(op.ID, store.Approved)
	}
}

func TestKillLosesNothingThatWasAcknowledged(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]store.State{}
	for round := range 6 {
		cmd := child(t, "write", dir, strconv.Itoa(round))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for seen := 0; lines.Scan(); seen++ {
			id, state, ok := strings.Cut(lines.Text(), " ")
			if !ok {
				break // killed in the middle of a line
			}
			acknowledged[id] = store.State(state) // the last line of an ID has its last state
			if seen == 20+7*round {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the writer ended by itself")
		}
	}
	s := open(t, dir)
	for id, state := range acknowledged {
		op, err := s.Operation(t.Context(), id)
		if err != nil {
			t.Error(err)
		} else if state == store.Approved && op.State != store.Approved {
			t.Errorf("%s was acknowledged as %s and is %s", id, state, op.State)
		}
	}
	recorded := map[string]int64{}
	err := s.Records(t.Context(), 0, func(r store.Record) bool {
		recorded[r.Operation]++
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	ops, err := s.Operations(t.Context(), store.OperationQuery{})
	if err != nil || len(ops) < len(acknowledged) {
		t.Fatalf("%d operations (%v), %d acknowledged", len(ops), err, len(acknowledged))
	}
	for _, op := range ops {
		if recorded[op.ID] != op.Version {
			t.Errorf("%s in version %d has %d records", op.ID, op.Version, recorded[op.ID])
		}
	}
	if _, _, broken := storetest.VerifyAudit(t, s); broken != nil {
		t.Errorf("audit: %+v", broken)
	}
}
