// Package sandbox is a Voltage Park of its own: a stateful http.Handler with the
// documented operations for VMs, presets, locations, bare metal, SSH keys and billing, their
// limits, their status words and FastAPI's error bodies.
//
// Hosts have a number of GPUs, and everything about stock follows from them.
// Billing accrues with the kit's clock. What the vendor does not document is
// marked as inferred where it is decided. It must never know the adapter.
package sandbox
