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
	// fresh is how long what an account has is taken to be the same: an argument
	// is completed with every key that is pressed, and clouds limit requests.
	fresh = 5 * time.Second
	// maxRows bounds what is read of one account.
	maxRows = 2000
)

// listing is what was read. Not whole is what is known not to be all there is.
type listing struct {
	values []prompt.Value
	whole  bool
}

// read reads every account that has the source, or the one that is named, side
// by side. An account that fails or is slow leaves the values of the others.
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
			continue // nobody could give it back
		}
		value.Name = cloud.CleanText(value.Name)
		out.values = append(out.values, value)
	}
	return out
}

// memory holds what accounts had a moment ago.
type memory struct {
	mu      sync.Mutex
	entries map[memoryKey]*remembered
}

type memoryKey struct {
	account cloud.AccountName
	from    prompt.Source
}

// remembered is a listing that one call at a time may read.
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

// readRecent reads one account unless that was just done. What belongs to
// nobody's account is ours, costs no request and is read anew.
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
	if !errors.Is(ctx.Err(), context.Canceled) { // given up by the user, who may have typed on
		r.last, r.until = last, s.env.Now().Add(fresh)
	}
	return last
}
