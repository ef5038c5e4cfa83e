// Package sandbox is a GPCN tenant of its own: a stateful http.Handler with the
// operations that the client has, their rules, their jobs and the vendor's error
// bodies.
//
// Work takes time by the kit's clock: VMs are provisioned, started and deleted
// as that passes. What the vendor's sources do not show is marked [inferred]
// where it is decided. The package must never know the adapter.
package sandbox
