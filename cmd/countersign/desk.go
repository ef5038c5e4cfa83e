package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/process"
	"countersign/internal/store"
)

// timeShown is the layout of times for a person; they are in UTC, as in questions and
// in the audit.
const timeShown = "2006-01-02 15:04:05 MST"

// withDesk opens the state folder, which has to be there, calls act with a desk on it
// and closes it.
func withDesk(ctx context.Context, cfg *config.Config, act func(guard.Desk) error) error {
	if _, err := existingState(cfg); err != nil {
		return err
	}
	return withNewDesk(ctx, cfg, act)
}

// withNewDesk is withDesk for what can come before the first start of a server: it makes
// the state folder if there is none.
func withNewDesk(ctx context.Context, cfg *config.Config, act func(guard.Desk) error) error {
	dir, err := cfg.StateDir()
	if err != nil {
		return err
	}
	s, witness, err := openState(ctx, cfg, zerolog.Nop())
	if err != nil {
		return err
	}
	err = act(guard.Desk{Store: s, Now: time.Now, UseTTL: cfg.UseTTL, Alive: func(id string) bool { return process.Alive(dir, id) }})
	return errors.Join(err, witness.Ready(), s.Close())
}

func question(ctx context.Context, desk guard.Desk, id string) (store.Operation, guard.Question, error) {
	op, err := operationAt(ctx, desk, id)
	if err != nil {
		return op, guard.Question{}, err
	}
	q, err := desk.Question(ctx, op)
	if op.Principal != localPrincipal {
		q.Text = "Asked by " + op.Principal + ".\n\n" + q.Text
	}
	return op, q, refuse(err)
}

func operationAt(ctx context.Context, desk guard.Desk, id string) (store.Operation, error) {
	op, err := desk.Store.Operation(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return op, exit{exitUsage, fmt.Errorf("there is no operation %q in this state folder; `countersign pending` lists those that wait (add --sandbox or --state for another folder)", id)}
	}
	return op, err
}

// desk returns the desk at which a person answers operations in this process's
// store.
func (a *app) desk(cfg *config.Config) guard.Desk {
	return guard.Desk{Store: a.store, Now: time.Now, UseTTL: cfg.UseTTL}
}

// approveCommand returns the command line by which a person approves an operation
// of this state folder.
func approveCommand(cfg *config.Config, op string) string {
	return deskCommand(cfg, "approve") + " " + op
}

// approveCommand returns the command line that this server tells its callers.
func (a *app) approveCommand(op string) string {
	if a.remote {
		return remoteApproveCommand(a.cfg, op)
	}
	return approveCommand(a.cfg, op)
}

// remoteApproveCommand returns the command line for callers who are elsewhere. It shows no
// path of the server: whoever approves there knows the state folder.
func remoteApproveCommand(cfg *config.Config, op string) string {
	elsewhere := *cfg
	elsewhere.State = ""
	return approveCommand(&elsewhere, op)
}

// deskCommand returns the beginning of a command line that works on this state
// folder.
func deskCommand(cfg *config.Config, name string) string {
	switch {
	case cfg.State != "":
		return fmt.Sprintf("countersign %s --state %q", name, cfg.State)
	case cfg.Sandbox:
		return "countersign " + name + " --sandbox"
	}
	return "countersign " + name
}
