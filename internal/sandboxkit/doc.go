// Package sandboxkit is what the sandboxes of all clouds share: a virtual
// clock, seeded IDs, faults that can be switched on, a journal of requests, and
// paging. A sandbox is a stateful http.Handler that behaves as its vendor does.
//
// It must never know a vendor's shapes.
package sandboxkit
