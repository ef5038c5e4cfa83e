package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/internal/store"
)

// simulatedStore is the store as one process sees it: the disk can be full, another
// process can hold the lock, and a killed process cannot write.
type simulatedStore struct {
	store.Store
	*simulation
	// server is nil for a terminal, which is never killed.
	server *server
}

var (
	errKilled = errors.New("this process is dead")
	errFull   = errors.New("database or disk is full (13)")
	errLock   = errors.New("another process keeps the store locked: database is locked (5)")
)

// busyFor is the lock timeout of a write.
const busyFor = 10 * time.Second

// access waits for the caller's turn and returns the call, or the fault of this
// access.
func (s *simulatedStore) access(ctx context.Context, what string, writes bool) (c *simulatedCall, err error) {
	c = callOf(ctx)
	if c == nil {
		s.violate("called", "the store is asked to %s and nobody knows for whom", what)
		c = &simulatedCall{simulation: s.simulation, who: "nobody"}
	}
	s.turns.wait(c.who, what)
	if !writes {
		return c, s.checkAlive()
	}
	c.maybeDisconnect("before a write")
	if s.rates.dies(s.simulation, s.server, "before a write") {
		s.kill(s.server, "before a write")
	}
	if err := s.checkAlive(); err != nil {
		return c, err
	}
	switch s.rates.store(s.simulation) {
	case "disk full":
		c.faults++
		s.note("%s: disk full: %s", c.who, what)
		return c, errFull
	case "locked":
		c.faults++
		time.Sleep(busyFor)
		s.turns.wait(c.who, what)
		s.note("%s: locked: %s", c.who, what)
		return c, errors.Join(errLock, s.checkAlive())
	case "slow disk":
		time.Sleep(s.between(time.Second, busyFor))
		s.turns.wait(c.who, what)
	}
	return c, s.checkAlive()
}

// checkAlive returns an error if the process was killed.
func (s *simulatedStore) checkAlive() error {
	if s.server != nil && !s.alive(s.server.name) {
		return errKilled
	}
	return nil
}

// afterWrite records the result of a write, after which the process can be killed.
func (s *simulatedStore) afterWrite(c *simulatedCall, what string, err error) error {
	switch {
	case err == nil:
		s.note("%s: %s", c.who, what)
	case errors.Is(err, store.ErrConflict):
		s.note("%s: somebody was faster: %s", c.who, what)
	default:
		s.note("%s: %s: %v", c.who, what, err)
	}
	if s.rates.dies(s.simulation, s.server, "after a write") {
		s.kill(s.server, "after a write")
		return errKilled
	}
	return err
}

// InsertOperation implements store.Store.
func (s *simulatedStore) InsertOperation(ctx context.Context, op *store.Operation, records ...store.Record) error {
	what := fmt.Sprintf("new %s is %s%s", op.ID, op.State, kinds(records))
	asked := s.now()
	c, err := s.access(ctx, what, true)
	if err != nil {
		return err
	}
	err = s.Store.InsertOperation(ctx, op, records...)
	if err == nil {
		s.inserted(c, *op, asked, records)
	}
	return s.afterWrite(c, what, err)
}

// Reserve implements store.Store.
func (s *simulatedStore) Reserve(ctx context.Context, op *store.Operation, from store.State, hold store.Condition, records ...store.Record) error {
	what := fmt.Sprintf("reserved: %s was %q, is %s%s", op.ID, from, op.State, kinds(records))
	asked := s.now()
	c, err := s.access(ctx, what, true)
	if err != nil {
		return err
	}
	err = s.Store.Reserve(ctx, op, from, hold, records...)
	switch {
	case err == nil && from == "":
		s.inserted(c, *op, asked, records)
	case err == nil:
		s.updated(c, *op, from, records)
	}
	return s.afterWrite(c, what, err)
}

// InsertGrant implements store.Store.
func (s *simulatedStore) InsertGrant(ctx context.Context, g *store.Grant, records ...store.Record) error {
	what := "new " + g.ID + kinds(records)
	c, err := s.access(ctx, what, true)
	if err != nil {
		return err
	}
	s.judgeGrant(c, g.ID)
	return s.afterWrite(c, what, s.Store.InsertGrant(ctx, g, records...))
}

// UpdateGrant implements store.Store.
func (s *simulatedStore) UpdateGrant(ctx context.Context, g *store.Grant, records ...store.Record) error {
	what := "changed " + g.ID + kinds(records)
	c, err := s.access(ctx, what, true)
	if err != nil {
		return err
	}
	return s.afterWrite(c, what, s.Store.UpdateGrant(ctx, g, records...))
}

// UpdateOperation implements store.Store.
func (s *simulatedStore) UpdateOperation(ctx context.Context, op *store.Operation, from store.State, records ...store.Record) error {
	what := fmt.Sprintf("%s was %s, is %s%s", op.ID, from, op.State, kinds(records))
	c, err := s.access(ctx, what, true)
	if err != nil {
		return err
	}
	err = s.Store.UpdateOperation(ctx, op, from, records...)
	if err == nil {
		s.updated(c, *op, from, records)
	}
	return s.afterWrite(c, what, err)
}

func kinds(records []store.Record) string {
	text := ""
	for _, r := range records {
		text += " +" + r.Kind
	}
	return text
}

// areNumbers reports whether records have the numbers of refusals that were counted.
func areNumbers(records []store.Record) bool {
	return !slices.ContainsFunc(records, func(r store.Record) bool {
		return r.Kind != "forbidden" || !bytes.Contains(r.Body, []byte(`"repeats":`))
	})
}

// Append implements store.Store.
func (s *simulatedStore) Append(ctx context.Context, records ...store.Record) error {
	if callOf(ctx) == nil && areNumbers(records) {
		// The process writes them by itself, later: no actor waits for that.
		if err := s.checkAlive(); err != nil {
			return err
		}
		return s.Store.Append(ctx, records...)
	}
	what := "append" + kinds(records)
	c, err := s.access(ctx, what, true)
	if err != nil {
		return err
	}
	return s.afterWrite(c, what, s.Store.Append(ctx, records...))
}

// SeeNames implements store.Store. It takes no turn, because the guard calls it
// with a lock held: an actor that waits for the lock would never get its turn.
func (s *simulatedStore) SeeNames(ctx context.Context, names ...store.Name) error {
	if err := s.checkAlive(); err != nil {
		return err
	}
	return s.Store.SeeNames(ctx, names...)
}

// Operation implements store.Store.
func (s *simulatedStore) Operation(ctx context.Context, id string) (store.Operation, error) {
	if _, err := s.access(ctx, "read "+id, false); err != nil {
		return store.Operation{}, err
	}
	return s.Store.Operation(ctx, id)
}

// Operations implements store.Store.
func (s *simulatedStore) Operations(ctx context.Context, q store.OperationQuery) ([]store.Operation, error) {
	if _, err := s.access(ctx, "look for operations", false); err != nil {
		return nil, err
	}
	return s.Store.Operations(ctx, q)
}
