package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/audit"
	"countersign/internal/cloud"
	"countersign/internal/config"
	"countersign/internal/guard"
	"countersign/internal/logging"
	"countersign/internal/policy"
	"countersign/internal/pricebook"
	"countersign/internal/process"
	"countersign/internal/secretfile"
	"countersign/internal/store"
	"countersign/internal/telemetry"
	"countersign/internal/tool"
	"countersign/tools"
)

// localPrincipal is the principal of calls over stdio and from a terminal: the user
// of this machine, who owns the state folder.
const localPrincipal = "local"

// closing is the timeout for closing the state folder at the end of this process.
const closing = 5 * time.Second

// app is a process that can carry out calls.
type app struct {
	// realm is the realm of the operator: all accounts, and the rules of the
	// server.
	realm
	cfg      *config.Config
	log      zerolog.Logger
	store    store.Store
	witness  *audit.Witness
	instance *process.Instance
	sandbox  *sandboxServer
	// rules are the rules of the server as they were at the start; live are those that
	// hold now, where they come from a file.
	rules    *policy.Rules
	live     *liveRules
	accounts cloud.Accounts
	// remote says that callers come over HTTP, from wherever.
	remote bool
	// guardOptions are the options that all guards of this process share.
	guardOptions guard.Options
	files        tool.SecretFiles
	// telemetry records metrics and traces of a server; nil where none are wanted.
	telemetry *telemetry.Telemetry
}

// appOptions say what kind of process this is.
type appOptions struct {
	// client is the process that started this one as its MCP server; no process
	// below it may approve. It is zero for a person's own terminal.
	client process.Ident
	// lookup reads the environment.
	lookup func(string) (string, bool)
	// quiet keeps the heads of the audit out of the log, because the log of a
	// single call goes to the terminal of a person.
	quiet bool
	// serves reports that this is a server, which has metrics and traces.
	serves bool
}

// surroundings are the parts of the machine that wire needs. The simulator replaces
// them.
type surroundings struct {
	now func() time.Time
	// random is the source of IDs; nil is crypto/rand.
	random io.Reader
	// instance is the ID of this process; alive reports whether the process of an
	// instance is running.
	instance string
	alive    func(instance string) bool
}

// newApp wires everything that a call needs. It uses no network.
func newApp(ctx context.Context, cfg *config.Config, std streams, opts appOptions) (*app, error) {
	log, err := logging.New(std.err, cfg.LogLevel, cfg.LogFormat)
	if err != nil {
		return nil, exit{exitUsage, err}
	}
	files, err := readOperator(cfg)
	if err != nil {
		return nil, err
	}
	a := &app{cfg: cfg, log: log, rules: files.rules, remote: opts.serves && cfg.HTTP != ""}
	if opts.serves && cfg.Policy != "" {
		a.live = newLiveRules(cfg, log)
	}
	if err := a.start(ctx, files.books, opts); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// start starts and opens what the app needs. After an error the caller closes the
// app, which then holds only a part.
func (a *app) start(ctx context.Context, books pricebook.Books, opts appOptions) error {
	var err error
	if opts.serves {
		a.startTelemetry(ctx, opts.lookup)
	}
	if a.cfg.Sandbox {
		if a.sandbox, err = startSandbox(ctx, a.cfg, "127.0.0.1:0"); err != nil {
			return err
		}
		opts.lookup = a.sandbox.environment(opts.lookup)
	}
	accounts, missing, err := connect(a.cfg, books, opts.lookup, a.observeRequests)
	if err != nil {
		return err
	}
	a.warnUnused(books, accounts)
	a.warnReadableKeys(opts.lookup)
	a.accounts = accounts
	dir, err := a.cfg.StateDir()
	if err != nil {
		return err
	}
	if err := a.open(ctx, dir, opts); err != nil {
		return err
	}
	return a.wire(missing, surroundings{
		now: time.Now, instance: a.instance.ID(),
		alive: func(id string) bool { return process.Alive(dir, id) },
	})
}

// warnUnused warns about price books whose account has no key. They do no harm, so
// the start continues.
func (a *app) warnUnused(books pricebook.Books, accounts cloud.Accounts) {
	for name := range books {
		if !slices.ContainsFunc(accounts, func(account cloud.Account) bool { return account.Name == name }) {
			a.log.Warn().Str("account", string(name)).Msg("the price book has prices for an account that has no key; they are not used")
		}
	}
}

// open opens the state folder and registers this process in it.
func (a *app) open(ctx context.Context, dir string, opts appOptions) error {
	log := a.log
	if opts.quiet {
		log = log.Level(max(log.GetLevel(), zerolog.WarnLevel))
	}
	s, witness, err := openState(ctx, a.cfg, log)
	if err != nil {
		return err
	}
	a.store, a.witness = s, witness
	if err := witness.Say(ctx, s); err != nil {
		return err
	}
	if a.instance, err = process.Register(dir); err != nil {
		return err
	}
	self := process.Self()
	return s.PutInstance(ctx, store.Instance{
		ID: a.instance.ID(), PID: self.PID, StartedAt: time.Now(),
		ClientPID: opts.client.PID, ClientStarted: opts.client.Started, ClientGroup: process.Group(opts.client),
	})
}

func (a *app) wire(missing []tools.Unconfigured, on surroundings) error {
	cfg := a.cfg
	dir, err := cfg.StateDir()
	if err != nil {
		return err
	}
	key, err := stateKey(dir)
	if err != nil {
		return err
	}
	a.files = secretfile.In(dir)
	a.guardOptions = guard.Options{
		Store: a.store, Log: a.log, Now: on.now, Random: on.random, Key: key, Shared: guard.NewShared(),
		Instance:       on.instance,
		Alive:          on.alive,
		ApproveCommand: a.approveCommand,
		Remote:         a.remote,
		Limits: guard.Limits{
			AskTTL: cfg.AskTTL, UseTTL: cfg.UseTTL, FormWait: cfg.FormWait,
			FormMin: time.Duration(cfg.FormMin * float64(time.Second)),
			Execute: cfg.Timeout + 30*time.Second, SettleGrace: cfg.SettleGrace, MaxPending: cfg.MaxPending,
		},
		Burn: tools.NewBurnReader(a.accounts, on.now),
	}
	if a.telemetry != nil {
		a.guardOptions.Observe = a.telemetry
	}
	r, err := a.newRealm(a.accounts, missing, a.rulesNow)
	if err != nil {
		return err
	}
	a.realm = *r
	return nil
}

// accountNames returns the accounts whose machines the caps add up.
func accountNames(accounts cloud.Accounts) []cloud.AccountName {
	var all []cloud.AccountName
	for _, a := range cloud.Having[cloud.VMReader](accounts) {
		all = append(all, a.Account)
	}
	return all
}

// chosen returns the tools of the enabled toolsets.
func chosen(all []*tool.Definition, toolsets []string) ([]*tool.Definition, error) {
	served, err := tools.Choose(all, toolsets)
	if err != nil {
		return nil, exit{exitUsage, fmt.Errorf("--toolsets: %w", err)}
	}
	return served, nil
}

// close ends what the app started. It also closes an app that was only partly made.
func (a *app) close() {
	if a.sandbox != nil {
		a.sandbox.close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if err := a.closeState(ctx); err != nil {
		a.log.Warn().Err(err).Msg("closing the state folder")
	}
	a.closeTelemetry()
}

func (a *app) closeState(ctx context.Context) error {
	var errs []error
	if a.guard != nil {
		errs = append(errs, a.guard.Close(ctx))
		// Whatever ended the process, the last head of the audit is logged.
		errs = append(errs, a.witness.Say(ctx, a.store))
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.instance != nil {
		errs = append(errs, a.instance.Close())
	}
	return errors.Join(errs...)
}
