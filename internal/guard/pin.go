package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/internal/approver"
	"countersign/internal/cloud"
	"countersign/internal/store"
)

// ErrPINTampered says that the stored PIN does not match the audit. Nobody can approve in
// a terminal then.
var ErrPINTampered = errors.New("the approver's PIN in the state folder is not the one that the audit tells of: " +
	"somebody changed or removed it by hand, so nothing can be approved in a terminal. " +
	"Look at `countersign audit verify`, find out who did it, and put back a copy of the state folder or begin with another one (--state)")

// PINError says that a PIN was wrong, or that the PIN is locked.
type PINError struct {
	// Left is how many tries are left before the PIN is locked.
	Left int
	// LockedUntil is when the next try may be made; zero where it is not locked.
	LockedUntil time.Time
}

// Error implements error.
func (e *PINError) Error() string {
	if e.LockedUntil.IsZero() {
		return fmt.Sprintf("that is not the approver's PIN; %d more wrong tries lock it", e.Left)
	}
	return fmt.Sprintf("the approver's PIN is locked until %s because it was typed wrong %d times; nothing can be approved in a terminal before, `countersign deny` and the agent's forms go on",
		stamp(e.LockedUntil), approver.TriesPerLock)
}

// PINSubject is the subject of a proof for changing the PIN itself.
const PINSubject = "pin"

// Proof shows that the approver has just typed the right PIN. Only Prove returns a valid
// one; the zero value proves nothing.
type Proof struct {
	subject string
	hash    string
	at      time.Time
}

// proofLasts is how long a proof is valid.
const proofLasts = time.Minute

// errNoProof says that an approval has no valid proof of the PIN.
var errNoProof = errors.New("approving in a terminal needs the approver's PIN")

// PINStatus is the public part of the state of the PIN.
type PINStatus struct {
	Set bool
	// At and By are when, by whom and in which terminal it was set.
	At           time.Time
	By, Terminal string
	Wrong        int
	LockedUntil  time.Time
}

// PIN returns whether a PIN is set, by whom, and whether it is locked.
func (d Desk) PIN(ctx context.Context) (PINStatus, error) {
	p, err := readPIN(ctx, d.Store)
	if err != nil || p.Hash == "" {
		return PINStatus{}, err
	}
	status := PINStatus{Set: true, Wrong: p.Wrong}
	if d.Now().Before(p.LockedUntil) {
		status.LockedUntil = p.LockedUntil
	}
	set, err := d.Store.LastRecord(ctx, pinMade()...)
	if err != nil {
		return PINStatus{}, fmt.Errorf("who set the PIN: %w", err)
	}
	var body recordBody
	if err := json.Unmarshal(set.Body, &body); err != nil {
		return PINStatus{}, fmt.Errorf("who set the PIN: %w", err)
	}
	status.At, status.By, status.Terminal = set.At, body.By, body.Terminal
	return status, nil
}

// Prove checks a PIN for one subject: an operation's ID, or PINSubject. Every try is stored
// before its outcome is returned, so that all processes share one count. The error is a
// *PINError where the PIN is wrong or locked. Where no PIN is set, Prove returns the zero
// Proof, which is enough then.
func (d Desk) Prove(ctx context.Context, a Approval, subject string, pin cloud.Secret) (Proof, error) {
	var compared string
	var right bool
	for range pinContended {
		p, err := readPIN(ctx, d.Store)
		if err != nil || p.Hash == "" {
			return Proof{}, err
		}
		tries := approver.Tries{Wrong: p.Wrong, LockedUntil: p.LockedUntil}
		if tries.Locked(d.Now()) {
			return Proof{}, &PINError{LockedUntil: tries.LockedUntil}
		}
		if compared != p.Hash {
			if right, err = approver.Matches(p.Hash, pin); err != nil {
				return Proof{}, err
			}
			compared = p.Hash
		}
		kind := recordPINRight
		if right {
			tries = approver.Tries{}
		} else {
			kind, tries = recordPINWrong, tries.Fail(d.Now())
		}
		p.Wrong, p.LockedUntil = tries.Wrong, tries.LockedUntil
		err = d.storePIN(ctx, p, a, kind, subject)
		switch {
		case errors.Is(err, store.ErrConflict):
			continue // another try was stored first, and may have locked it
		case err != nil:
			return Proof{}, err
		case right:
			return Proof{subject: subject, hash: p.Hash, at: d.Now()}, nil
		case tries.Locked(d.Now()):
			return Proof{}, &PINError{LockedUntil: tries.LockedUntil}
		}
		return Proof{}, &PINError{Left: tries.Left()}
	}
	return Proof{}, errors.New("the approver's PIN is being tried by many at the same moment; try again")
}

// pinContended bounds the retries after a conflict with another try. Every conflict means
// that one more try was counted.
const pinContended = 50

// SetPIN sets or changes the PIN. To change it, the approval needs a proof for PINSubject.
func (d Desk) SetPIN(ctx context.Context, a Approval, pin cloud.Secret) error {
	p, err := d.provenPIN(ctx, a)
	if err != nil {
		return err
	}
	kind := recordPINSet
	if p.Hash != "" {
		kind = recordPINChanged
	}
	if p.Hash, err = approver.Hash(pin); err != nil {
		return err
	}
	return d.storePIN(ctx, p, a, kind, "")
}

// RemovePIN removes the PIN. The approval needs a proof for PINSubject.
func (d Desk) RemovePIN(ctx context.Context, a Approval) error {
	p, err := d.provenPIN(ctx, a)
	if err != nil {
		return err
	}
	if p.Hash == "" {
		return errors.New("no approver's PIN is set")
	}
	p.Hash = ""
	return d.storePIN(ctx, p, a, recordPINRemoved, "")
}

func (d Desk) provenPIN(ctx context.Context, a Approval) (store.PIN, error) {
	p, err := readPIN(ctx, d.Store)
	if err != nil {
		return p, err
	}
	return p, a.Proof.holds(p, PINSubject, d.Now())
}

// storePIN stores the PIN with a record that has a digest of the stored row.
func (d Desk) storePIN(ctx context.Context, p store.PIN, a Approval, kind, subject string) error {
	kept, operation := p, ""
	kept.Version++
	if subject != PINSubject {
		operation = subject
	}
	sum, err := pinDigest(kept)
	if err != nil {
		return err
	}
	record := newRecord(store.Operation{ID: operation}, kind, d.Now, func(b *recordBody) {
		b.By, b.Road, b.Terminal, b.PIN = a.By, a.Road, a.Terminal, sum
		if p.Wrong > 0 {
			b.Reason = fmt.Sprintf("%d wrong since the last right one", p.Wrong)
		}
		if !p.LockedUntil.IsZero() {
			b.Reason += "; locked until " + p.LockedUntil.UTC().Format(time.RFC3339)
		}
	})
	return d.Store.UpdatePIN(ctx, &p, record)
}

// pinDigest returns the digest that binds the stored PIN, its wrong tries and its lock to the
// audit. It cannot be used to guess the PIN, because the salt is not in the audit.
func pinDigest(p store.PIN) (string, error) {
	if p.Version == 0 {
		return "", nil
	}
	at, err := store.FormatTime(p.LockedUntil)
	if err != nil {
		return "", err
	}
	return digest(fmt.Sprintf("%d %d %q %q", p.Version, p.Wrong, at, p.Hash)), nil
}

// readPIN returns the stored PIN. The error is ErrPINTampered if it does not match the audit.
func readPIN(ctx context.Context, s store.Store) (store.PIN, error) {
	for range pinContended {
		p, told, err := readPINOnce(ctx, s)
		if err != nil {
			return store.PIN{}, err
		}
		if sum, err := pinDigest(p); err != nil || sum == told {
			return p, err
		}
		again, err := s.PIN(ctx)
		if err != nil {
			return store.PIN{}, err
		}
		if again.Version == p.Version {
			return store.PIN{}, ErrPINTampered
		}
	}
	return store.PIN{}, errors.New("the approver's PIN changes all the time; try again")
}

// readPINOnce returns the stored PIN and the digest that the audit has of it. It reads the
// PIN first, so that a change between the two reads shows in the version.
func readPINOnce(ctx context.Context, s store.Store) (p store.PIN, told string, err error) {
	if p, err = s.PIN(ctx); err != nil {
		return p, "", err
	}
	last, err := s.LastRecord(ctx, pinAll()...)
	if errors.Is(err, store.ErrNotFound) {
		return p, "", nil
	}
	if err != nil {
		return p, "", err
	}
	var body recordBody
	if err := json.Unmarshal(last.Body, &body); err != nil || body.PIN == "" {
		return p, "", ErrPINTampered
	}
	return p, body.PIN, nil
}

// holds returns an error unless a proof is valid for a subject.
func (p Proof) holds(now store.PIN, subject string, at time.Time) error {
	if now.Hash == "" {
		return nil // nothing to prove
	}
	if p.subject != subject || p.hash != now.Hash || at.Sub(p.at) > proofLasts || at.Before(p.at) {
		return errNoProof
	}
	return nil
}

// proved returns an error for an approval without a valid proof, where a PIN is set. Forms
// and confirmations by the caller need no proof; every other road does.
func proved(ctx context.Context, s store.Store, a Approval, subject string, now time.Time) error {
	if a.Road == roadForm || a.Road == roadCaller {
		return nil
	}
	p, err := readPIN(ctx, s)
	if err != nil {
		return err
	}
	return a.Proof.holds(p, subject, now)
}
