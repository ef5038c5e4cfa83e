// Package rest is the HTTP client under every cloud's client: credentials,
// limits and typed errors, once.
//
// It is strict in what it sends and lenient in what it reads. It must never
// know a vendor's routes or shapes, and nothing it returns or logs holds a
// credential.
package rest
