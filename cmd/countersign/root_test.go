package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
)

func TestExitKeepsItsError(t *testing.T) {
	locked := &guard.PINError{LockedUntil: time.Unix(1, 0)}
	err := fmt.Errorf("approve: %w", refuse(locked))
	var e exit
	if !errors.As(err, &e) || e.code != exitRefused || e.Error() != locked.Error() {
		t.Errorf("exit %+v", e)
	}
	var pin *guard.PINError
	if !errors.As(err, &pin) || pin != locked {
		t.Errorf("PIN error %+v", pin)
	}
	if !errors.Is(refuse(store.ErrConflict), store.ErrConflict) {
		t.Error("the conflict is lost")
	}
	if silent := (exit{code: exitUnknown}); silent.Error() != "" || errors.Unwrap(silent) != nil {
		t.Errorf("an exit without an error says %q", silent.Error())
	}
	if refuse(nil) != nil {
		t.Error("no error became an exit")
	}
}
