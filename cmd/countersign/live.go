package main

import (
	"sync"

	"github.com/rs/zerolog"

	"countersign/internal/config"
	"countersign/internal/policy"
	"countersign/internal/pricebook"
	"countersign/internal/refresh"
)

// liveRules are the rules of the server's --policy as its file has them now, so that an
// operator can stop everything without a restart. Its prices, and the tools that are
// listed, are those of the start.
type liveRules struct {
	path string
	log  zerolog.Logger
	file refresh.Value[*policy.Rules]

	mu sync.Mutex
	// held are the rules that held last, and failed is why the file could not be read
	// last.
	held   *policy.Rules
	failed string
}

func newLiveRules(cfg *config.Config, log zerolog.Logger) *liveRules {
	l := &liveRules{path: cfg.Policy, log: log}
	l.file.Paths = []string{cfg.Policy}
	l.file.Parse = func(texts [][]byte) (*policy.Rules, error) {
		file, err := checkedPolicy(policy.Parse(cfg.Policy, texts[0]))
		if err != nil {
			return nil, err
		}
		if file.Prices != nil {
			if _, err := pricebook.Read(*file.Prices, bookAccounts()); err != nil {
				return nil, err
			}
		}
		if cfg.ReadOnly {
			return file.Rules.OnlyReading(), nil
		}
		return file.Rules, nil
	}
	return l
}

// now returns the rules that hold. While the file cannot be read or is wrong they refuse
// everything: it may have been changed to stop something.
func (l *liveRules) now() *policy.Rules {
	rules, err := l.file.Get()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		if l.failed != err.Error() {
			l.failed = err.Error()
			l.log.Error().Err(err).Msg("the policy file cannot be used any more, so nothing that changes anything is carried out until it is right again")
		}
		return policy.Unreadable()
	}
	if l.failed != "" || l.held != nil && l.held != rules {
		l.log.Info().Str("policy", l.path).Msg("the policy file was read again; its rules hold now")
	}
	l.held, l.failed = rules, ""
	return rules
}

// rulesNow returns the rules of the server that hold now.
func (a *app) rulesNow() *policy.Rules {
	if a.live == nil {
		return a.rules
	}
	return a.live.now()
}
