package main

import (
	"context"
	"os"
	"runtime"

	"github.com/rs/zerolog"

	"countersign/internal/config"
)

// serving returns the fields that say what a server serves with, so that its operator sees
// a setting that did not arrive, and whether an approver's PIN is set.
func (a *app) serving(ctx context.Context) (_ zerolog.Context, pin bool, err error) {
	state, err := a.cfg.StateDir()
	if err != nil {
		return zerolog.Context{}, false, err
	}
	var accounts []string
	for _, account := range a.accounts {
		accounts = append(accounts, string(account.Name))
	}
	policy := a.cfg.Policy
	if policy == "" {
		policy = "none, so preset standard"
	}
	fields := a.log.With().Str("policy", policy).Bool("read_only", a.cfg.ReadOnly).Str("state", state).Strs("accounts", accounts).Bool("sandbox", a.cfg.Sandbox)
	if a.cfg.Prices != "" {
		fields = fields.Str("prices", a.cfg.Prices)
	}
	if a.cfg.AuditAnchor != "" {
		fields = fields.Str("audit_anchor", a.cfg.Anchor())
	}
	pin = a.pinSet(ctx)
	return fields.Bool("approver_pin", pin), pin, nil
}

// pinSet reports whether approving in a terminal takes the approver's PIN. A PIN that was
// meddled with is one: nobody can approve there.
func (a *app) pinSet(ctx context.Context) bool {
	pin, err := a.desk(a.cfg).PIN(ctx)
	return err != nil || pin.Set
}

// warnWithoutPIN warns once at the start of a server over HTTP. It does not know which
// processes its clients are, so only a PIN keeps them from approving.
func (a *app) warnWithoutPIN() {
	a.log.Warn().Msg("no approver's PIN is set: a client with a shell on this machine could approve its own calls in a terminal; `" +
		deskCommand(a.cfg, "approver set") + "` sets one")
}

// warnReadable warns about a file with a secret that others on this machine can read.
func (a *app) warnReadable(setting, path string) {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return
	}
	a.log.Warn().Str("setting", setting).Str("file", path).Msg("others on this machine can read or write this file, which holds a secret; say: chmod 600 " + path)
}

// warnReadableKeys warns about the files with the keys of accounts.
func (a *app) warnReadableKeys(lookup func(string) (string, bool)) {
	for _, entry := range clouds() {
		credential := config.NewCredential(entry.prefix+"_API_KEY", lookup)
		if path := credential.File(); path != "" {
			a.warnReadable(credential.InUse(), path)
		}
	}
}
