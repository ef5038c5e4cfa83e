package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

// window is the time over which requests are counted.
const window = time.Minute

// defaultLimit is how many requests a key has per window. The vendor's default is 1000,
// which it raises for single keys.
const defaultLimit = 60_000

// meter counts the requests of each key in the present window.
type meter struct {
	limit int
	ends  time.Time
	used  map[string]int
}

func newMeter() meter { return meter{limit: defaultLimit} }

// count counts a request and reports whether it is within the limit.
func (m *meter) count(key string, now time.Time) bool {
	if !now.Before(m.ends) {
		m.ends, m.used = now.Truncate(window).Add(window), map[string]int{}
	}
	m.used[key]++
	return m.used[key] <= m.limit
}

// tell writes the rate limit headers of every response; the reset is in Unix seconds.
func (m *meter) tell(h http.Header, key string, now time.Time) {
	ends := m.ends
	if !now.Before(ends) {
		ends = now.Truncate(window).Add(window)
	}
	h.Set("X-RateLimit-Limit", strconv.Itoa(m.limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(m.limit-m.used[key], 0)))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(ends.Unix(), 10))
}

// refuse writes the error for a request beyond the limit.
func (m *meter) refuse(w http.ResponseWriter, now time.Time) {
	seconds := int64((m.ends.Sub(now) + time.Second - 1) / time.Second)
	w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	limited(w.Header(), "Too many requests, please try again later.").write(w)
}
