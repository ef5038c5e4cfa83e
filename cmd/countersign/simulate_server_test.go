package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/rest"
	"countersign/internal/store"
)

// server is a server process.
type server struct {
	*app
	name    string
	ruleSet *ruleSet
	store   *simulatedStore
	// httpHandler serves the HTTP principals; nil in a story without HTTP.
	httpHandler http.Handler
}

// boot starts a server at one of the two places, with the stored state.
func (s *simulation) boot(place int) {
	s.boots++
	p := &server{name: fmt.Sprintf("server-%d", s.boots)}
	p.store = &simulatedStore{Store: s.handles[place], simulation: s, server: p}
	accounts, missing, err := connect(s.cfg, nil, s.key, func(o *rest.Options) { o.Transport = &simulatedNetwork{s, p} })
	if err != nil {
		s.t.Fatal(err)
	}
	p.ruleSet = pick(s, s.ruleSets)
	p.app = &app{cfg: s.cfg, log: zerolog.New(s.logs), store: p.store, accounts: accounts}
	if p.rules, err = p.ruleSet.rules(); err != nil {
		s.t.Fatal(err)
	}
	err = p.wire(missing, surroundings{now: s.now, random: s.ids, instance: p.name, alive: s.alive})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range p.tools {
		d.Input = s.common.compiled(d.Name, d.Input)
	}
	if err := s.handles[place].PutInstance(s.t.Context(), store.Instance{ID: p.name, PID: s.boots, StartedAt: time.Now()}); err != nil {
		s.t.Fatal(err)
	}
	if s.members != nil {
		s.openHTTP(p)
	}
	s.servers[place] = p
	s.note("%s starts at place %d, with the rules %q", p.name, place, p.ruleSet.name)
	s.start(p.name, true, func() {
		c := &simulatedCall{simulation: s, who: p.name + " settles", server: p}
		if err := p.guard.SettleAll(c.context()); err != nil {
			s.note("%s could not settle: %v", p.name, err)
		}
	})
}

// kill kills a server: from now on it writes and sends nothing.
func (s *simulation) kill(p *server, why string) {
	s.mu.Lock()
	was := s.killed[p.name]
	s.killed[p.name] = true
	s.mu.Unlock()
	if !was {
		s.note("%s is killed %s", p.name, why)
		s.tally.fault("crash " + why)
	}
}

func (s *simulation) alive(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.killed[name]
}

// revive starts a new server where one was killed.
func (s *simulation) revive() {
	for place, p := range s.servers {
		if p == nil || !s.alive(p.name) {
			s.boot(place)
		}
	}
}

// key returns the value of an environment variable: every cloud has a key, and each
// is a planted secret.
func (s *simulation) key(variable string) (string, bool) {
	if prefix, ok := strings.CutSuffix(variable, "_API_KEY"); ok && slices.ContainsFunc(clouds(), func(e cloudEntry) bool { return e.prefix == prefix }) {
		return planted("key-" + strings.ToLower(prefix)), true
	}
	return "", false
}
