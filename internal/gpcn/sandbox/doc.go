// Package sandbox emulates a GPCN tenant: a stateful http.Handler with the operations
// of the client, their rules, their jobs and the vendor's error bodies.
//
// Work takes time by the kit's clock: VMs are provisioned, started and deleted as it
// advances. [inferred] marks behaviour that the vendor's sources do not show. The
// package must never know the adapter.
package sandbox
