// Package sandboxkit has what the sandboxes of all clouds share: a virtual clock,
// seeded IDs, faults that can be switched on, a journal of requests, and paging. A
// sandbox is a stateful http.Handler that behaves like its vendor.
//
// It must never know a vendor's types.
package sandboxkit
