package sandboxkit

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxRequest is the largest request body that a sandbox reads.
const maxRequest = 4 << 20

// errorWriter writes errors in the format of a vendor. Headers of the error, such as
// Retry-After, are set before.
type errorWriter interface {
	WriteError(w http.ResponseWriter, r *http.Request, status int, code, message string)
}

// Handler applies faults to a vendor's sandbox and writes the journal. Errors are
// written by next, where it implements
//
//	WriteError(w http.ResponseWriter, r *http.Request, status int, code, message string)
//
// and as a plain JSON object otherwise.
func (k *Kit) Handler(vendor string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			http.Error(w, "sandbox: the request could not be read", http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		fault := k.takeFault(vendor, r)
		e := exchange{w: w, r: r, next: next, answered: k.journal.open(vendor, r, body, fault.Kind)}
		e.serve(fault)
	})
}

// exchange is one request to which a fault may be applied.
type exchange struct {
	w        http.ResponseWriter
	r        *http.Request
	next     http.Handler
	answered func(status int)
}

func (e exchange) serve(f Fault) {
	switch f.Kind {
	case RateLimited:
		seconds := max(int64((f.RetryAfter+time.Second-1)/time.Second), 1)
		e.w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
		e.fail(http.StatusTooManyRequests, "rate_limited", "Too many requests. Try again later.")
	case ServerError:
		status := cmp.Or(f.Status, http.StatusServiceUnavailable)
		if f.Body == "" {
			e.fail(status, "internal_error", cmp.Or(f.Message, "Something went wrong on our side."))
			return
		}
		e.answered(status)
		e.w.Header().Set("Content-Type", "application/json")
		e.w.WriteHeader(status)
		_, _ = io.WriteString(e.w, f.Body)
	case HTML:
		e.answered(http.StatusBadGateway)
		e.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		e.w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(e.w, "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n")
	case Garbled:
		e.run()
		e.answered(http.StatusOK)
		e.w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(e.w, "{\"data\": \x00\xff[ #")
	case Cut:
		e.cut()
	case LostAnswer:
		e.run()
		panic(http.ErrAbortHandler)
	case LateAnswer:
		a := e.run()
		e.wait(f.Delay)
		e.answered(a.code())
		a.send(e.w)
	case Refuse:
		panic(http.ErrAbortHandler)
	case Slow:
		e.wait(f.Delay)
		e.pass()
	default:
		e.pass()
	}
}

// run calls the sandbox and buffers its response.
func (e exchange) run() *answer {
	a := &answer{header: http.Header{}}
	e.next.ServeHTTP(a, e.r)
	return a
}

// pass sends the sandbox's response. The journal is written before, so that a client
// that has the response finds it in the journal.
func (e exchange) pass() {
	a := e.run()
	e.answered(a.code())
	a.send(e.w)
}

// fail responds with an error in the format of the vendor.
func (e exchange) fail(status int, code, message string) {
	e.answered(status)
	if vendor, ok := e.next.(errorWriter); ok {
		vendor.WriteError(e.w, e.r, status, code, message)
		return
	}
	WriteJSON(e.w, status, map[string]string{"code": code, "message": message})
}

// cut sends the headers of the whole response and half of its body, and closes the
// connection.
func (e exchange) cut() {
	a := e.run()
	whole := a.body.Len()
	a.body.Truncate(whole / 2)
	e.w.Header().Set("Content-Length", strconv.Itoa(whole+1))
	e.answered(a.code())
	a.send(e.w)
	_ = http.NewResponseController(e.w).Flush()
	panic(http.ErrAbortHandler)
}

// wait waits for some wall time, or until the client closes the connection.
func (e exchange) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-e.r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}
