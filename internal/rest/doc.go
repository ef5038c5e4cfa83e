// Package rest is the HTTP client that the clients of all clouds use. It has the
// credentials, limits, retries and typed errors.
//
// It is strict in what it sends and lenient in what it reads. It must never
// know a vendor's routes or types, and nothing that it returns or logs contains a
// credential.
package rest
