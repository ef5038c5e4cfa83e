// Package sandbox emulates Voltage Park: a stateful http.Handler with the operations of
// the client for VMs, presets, locations, bare metal, storage, SSH keys and billing, their
// limits, their statuses and FastAPI's error bodies.
//
// Hosts have a number of GPUs, from which all stock is computed. Billing accrues with the
// kit's clock. [inferred] marks behaviour that the vendor does not document. The package
// must never know the adapter.
package sandbox
