package prompts

import (
	"context"
	"errors"
	"sync"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/prompt"
)

const (
	// deadline bounds how long a user who types waits for clouds.
	deadline = 3 * time.Second
	// fresh is how long a listing of an account is reused: an argument is
	// completed on every key press, and clouds limit requests.
	fresh = 5 * time.Second
	// maxRows bounds the rows that are read of one account.
	maxRows = 2000
)

// listing is the result of a read. whole is false if more values may exist.
type listing struct {
	values []prompt.Value
	whole  bool
}

// read reads all accounts that have the source, or only the named one,
// concurrently. If an account fails or is slow, the values of the others are
// returned.
func (s *Set) read(ctx context.Context, from prompt.Source, only string, get func(context.Context, prompt.Source, lister) listing) listing {
	var asked []lister
	for _, l := range sourceOf(from).listers(s.env) {
		if only == "" || l.account == "" || string(l.account) == only {
			asked = append(asked, l)
		}
	}
	parts := make([]listing, len(asked))
	cloud.SideBySide(len(asked), func(i int) { parts[i] = get(ctx, from, asked[i]) })
	out := listing{whole: true}
	seen := map[prompt.Value]bool{}
	for _, part := range parts {
		out.whole = out.whole && part.whole
		for _, value := range part.values {
			if !seen[value] && (only == "" || value.Account == "" || value.Account == only) {
				seen[value] = true
				out.values = append(out.values, value)
			}
		}
	}
	return out
}

// readNow reads one account.
func (s *Set) readNow(ctx context.Context, from prompt.Source, l lister) listing {
	out := listing{whole: true}
	for value, err := range l.list(ctx) {
		if err != nil {
			s.env.Log.Info().Err(err).Str("account", string(l.account)).Str("source", string(from)).Msg("values for an argument of a prompt could not be read")
			out.whole = false
			return out
		}
		if len(out.values) == maxRows {
			out.whole = false
			return out
		}
		if _, altered := cloud.Clean(value.ID, 0); altered || value.ID == "" {
			continue // it could not be passed back unchanged
		}
		value.Name = cloud.CleanText(value.Name)
		out.values = append(out.values, value)
	}
	return out
}

// memory caches the latest listing of each account and source.
type memory struct {
	mu      sync.Mutex
	entries map[memoryKey]*remembered
}

type memoryKey struct {
	account cloud.AccountName
	from    prompt.Source
}

// remembered is a cached listing. The channel turn lets one call at a time read it.
type remembered struct {
	turn  chan struct{}
	until time.Time
	last  listing
}

func (m *memory) entry(key memoryKey) *remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries == nil {
		m.entries = map[memoryKey]*remembered{}
	}
	r, ok := m.entries[key]
	if !ok {
		r = &remembered{turn: make(chan struct{}, 1)}
		m.entries[key] = r
	}
	return r
}

// readRecent reads one account unless a fresh listing is cached. Our own sources
// belong to no account, cost no request and are always read again.
func (s *Set) readRecent(ctx context.Context, from prompt.Source, l lister) listing {
	if l.account == "" {
		return s.readNow(ctx, from, l)
	}
	r := s.memory.entry(memoryKey{l.account, from})
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return listing{}
	}
	if s.env.Now().Before(r.until) {
		return r.last
	}
	last := s.readNow(ctx, from, l)
	if !errors.Is(ctx.Err(), context.Canceled) { // not if the user cancelled: that listing may be incomplete
		r.last, r.until = last, s.env.Now().Add(fresh)
	}
	return last
}
