package rest

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter is the longest wait that is read from a header.
const maxRetryAfter = 24 * time.Hour

// retryAfter returns the wait of a Retry-After, in seconds or as a date, or else, for
// status 429 only, of an X-RateLimit-Reset: some vendors send that with every response.
// It returns 0 where the header is missing or invalid.
func retryAfter(status int, h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		if at, ok := resetTime(h.Get("X-RateLimit-Reset")); ok && status == http.StatusTooManyRequests {
			return clampWait(at.Sub(vendorNow(h)))
		}
		return 0
	}
	seconds, err := strconv.Atoi(value)
	switch {
	case errors.Is(err, strconv.ErrRange) && !strings.HasPrefix(value, "-"), seconds > int(maxRetryAfter/time.Second):
		return maxRetryAfter
	case err == nil:
		return clampWait(time.Duration(max(seconds, 0)) * time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return clampWait(at.Sub(vendorNow(h)))
	}
	return 0
}

// resetTime reads the two forms of X-RateLimit-Reset: an ISO 8601 time, and seconds
// since 1970. It refuses seconds after the year 9999, which must be another unit.
func resetTime(value string) (at time.Time, ok bool) {
	const lastSecond = 253402300799
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return at, true
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	return time.Unix(seconds, 0), err == nil && seconds >= 0 && seconds <= lastSecond
}

// vendorNow returns the time of the vendor's clock, from the Date header where there is
// one.
func vendorNow(h http.Header) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date
	}
	return time.Now()
}

func clampWait(d time.Duration) time.Duration {
	return min(max(d, 0), maxRetryAfter)
}
