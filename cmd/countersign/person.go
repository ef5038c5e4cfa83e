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

// person is who answers at this terminal, and whether a PIN has to prove it.
type person struct {
	guard.Approval
	hasPIN bool
}

// personAt makes sure that a person of their own answers, as far as a process can
// tell: a real terminal that is not in the hands of a client that agents use. Where
// that cannot be told, the approver's PIN has to be there.
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

// clientsOf are the processes that ever started a server on this state: what an agent
// below one of them could type is no person's answer.
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

// prove asks for the approver's PIN, where one is set, until it is right or locked.
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

// sentence makes an error's text one.
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
		// The reading goes on, and must not leave a terminal that shows nothing.
		return cloud.Secret{}, errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}

func userName() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "uid " + fmt.Sprint(os.Getuid())
}

// terminalName names the terminal for the audit, as far as the system tells; empty
// where it is none.
func terminalName(f *os.File) string {
	if !term.IsTerminal(int(f.Fd())) {
		return ""
	}
	if name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", f.Fd())); err == nil && strings.HasPrefix(name, "/dev/") {
		return name
	}
	return f.Name()
}
