package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"

	"golang.org/x/term"

	"countersign/internal/approver"
	"countersign/internal/cloud"
	"countersign/internal/guard"
	"countersign/internal/process"
	"countersign/internal/store"
)

// person is the person at this terminal, and whether a PIN is required.
type person struct {
	guard.Approval
	hasPIN bool
}

// personAt checks, as far as a process can, that a person is at the terminal: it
// has to be a real terminal that no MCP client controls. If that cannot be
// determined, the approver has to have a PIN.
func personAt(ctx context.Context, std streams, desk guard.Desk) (person, error) {
	if !term.IsTerminal(int(std.in.Fd())) {
		return person{}, exit{exitRefused, errors.New("approving needs a terminal with a person at it, and standard input is none; run it in a terminal window of your own")}
	}
	clients, err := clientsOf(ctx, desk.Store)
	if err != nil {
		return person{}, err
	}
	found, err := process.SurveyTerminal(std.in, clients)
	switch {
	case err != nil:
		return person{}, exit{exitRefused, fmt.Errorf("it cannot be told whose terminal this is: %w", err)}
	case found.Under != "":
		return person{}, exit{exitRefused, fmt.Errorf("%s, where an agent could type; approve in a terminal window of your own", found.Under)}
	}
	pin, err := desk.PIN(ctx)
	if err != nil {
		return person{}, refuse(err)
	}
	if found.Loose != "" && !pin.Set {
		return person{}, exit{exitRefused, errors.New(found.Loose + ", so it cannot be told whether an agent made it. " +
			"Answer in a terminal that was open before any MCP client was, on a text console or over ssh; " +
			"`countersign approver set` there sets a PIN, with which this terminal is as good")}
	}
	if !pin.LockedUntil.IsZero() {
		return person{}, refuse(&guard.PINError{LockedUntil: pin.LockedUntil})
	}
	return person{guard.Approval{By: userName(), Road: guard.RoadTerminal, Terminal: terminalName(std.in)}, pin.Set}, nil
}

// clientsOf returns the processes that ever started a server on this state. Input
// from a process below one of them may come from an agent and is not an approval.
func clientsOf(ctx context.Context, s store.Store) ([]process.Client, error) {
	instances, err := s.Instances(ctx)
	if err != nil {
		return nil, err
	}
	booted := process.Booted()
	seen := map[process.Client]bool{}
	var clients []process.Client
	for _, i := range instances {
		c := process.Client{
			Ident: process.Ident{PID: i.ClientPID, Started: i.ClientStarted}, Group: i.ClientGroup, Earlier: i.StartedAt.Before(booted),
		}
		if i.ClientPID != 0 && !seen[c] {
			seen[c] = true
			clients = append(clients, c)
		}
	}
	return clients, nil
}

// prove asks for the approver's PIN, if one is set, until it is right or locked.
func (p *person) prove(ctx context.Context, std streams, desk guard.Desk, subject string) error {
	if !p.hasPIN {
		return nil
	}
	for range approver.TriesPerLock {
		pin, err := askPIN(ctx, std, "Approver's PIN: ")
		if err != nil {
			return err
		}
		if pin.IsZero() {
			return exit{exitRefused, errors.New("no PIN was typed, so nothing was done")}
		}
		p.Proof, err = desk.Prove(ctx, p.Approval, subject, pin)
		var wrong *guard.PINError
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &wrong) || !wrong.LockedUntil.IsZero():
			return refuse(err)
		}
		_, _ = fmt.Fprintln(std.err, sentence(wrong.Error()))
	}
	return exit{exitRefused, errors.New("the approver's PIN was not typed, so nothing was done")}
}

// sentence makes a sentence of the text of an error.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// askPIN reads a PIN from the terminal without showing it.
func askPIN(ctx context.Context, std streams, prompt string) (cloud.Secret, error) {
	_, _ = fmt.Fprint(std.err, prompt)
	fd := int(std.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return cloud.Secret{}, fmt.Errorf("read PIN: %w", err)
	}
	type answer struct {
		pin cloud.Secret
		err error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		got <- answer{cloud.NewSecret(string(text)), err}
	}()
	select {
	case a := <-got:
		_, _ = fmt.Fprintln(std.err)
		if a.err != nil {
			return cloud.Secret{}, exit{exitRefused, errors.New("no PIN was typed, so nothing was done")}
		}
		return a.pin, nil
	case <-ctx.Done():
		// The read continues in the background, so the echo of the terminal is
		// restored here.
		return cloud.Secret{}, errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}

func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "uid " + fmt.Sprint(os.Getuid())
}

// terminalName returns the name of the terminal for the audit, or "" if f is not a
// terminal.
func terminalName(f *os.File) string {
	if !term.IsTerminal(int(f.Fd())) {
		return ""
	}
	if name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd())); err == nil && strings.HasPrefix(name, "/dev/") {
		return name
	}
	return f.Name()
}
