//go:build !linux

package main

import (
	"errors"
	"os"
	"syscall"
)

// openTerminal is implemented for Linux only; scripts that need it are skipped
// elsewhere.
func openTerminal() (keys, tty *os.File, err error) {
	return nil, nil, errors.New("terminals of their own are made on Linux only")
}

func controlling() *syscall.SysProcAttr { return nil }
