package sandbox

import (
	"net/http"
	"strconv"
	"time"

	"countersign/internal/hostup"
	"countersign/internal/sandboxkit"
)

// rateLimit is the value of X-RateLimit-Limit [inferred].
const rateLimit = 60

// timestamp is the vendor's form: UTC with milliseconds.
const timestamp = "2006-01-02T15:04:05.000Z"

// WriteError writes a problem document. A 429 has Retry-After, which is taken from w
// where it is set, and the X-RateLimit headers.
func (s *Sandbox) WriteError(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	s.writeProblem(w, r, status, hostup.Problem{Code: code, Detail: message})
}

// writeProblem completes a problem with the common members and writes it.
func (s *Sandbox) writeProblem(w http.ResponseWriter, r *http.Request, status int, p hostup.Problem) {
	now := s.kit.Clock.Now().UTC()
	h := w.Header()
	if status == http.StatusTooManyRequests {
		seconds, err := strconv.Atoi(h.Get("Retry-After"))
		if err != nil {
			seconds = 1
		}
		h.Set("Retry-After", strconv.Itoa(seconds))
		h.Set("X-RateLimit-Limit", strconv.Itoa(rateLimit))
		h.Set("X-RateLimit-Remaining", "0")
		h.Set("X-RateLimit-Reset", now.Add(time.Duration(seconds)*time.Second).Format(timestamp))
	}
	h.Set("Content-Type", "application/problem+json") // [inferred]: the pages name no media type
	p.Type, p.Title, p.Status = "https://developer.hostup.se/errors/"+p.Code, title(status), status
	p.Instance, p.RequestID, p.Timestamp = r.URL.Path, s.kit.Seed.ULID("req"), now.Format(timestamp)
	sandboxkit.WriteJSON(w, status, p)
}

// title returns the sentence of page "Rename VPS SSH key" for a status; the page's
// example shows the one of a 400 only.
func title(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "Validation failed"
	case http.StatusTooManyRequests:
		return "Rate limited"
	case http.StatusInternalServerError:
		return "Internal error"
	}
	return http.StatusText(status)
}
