// Package cloud is the vocabulary that all clouds share: machines, locations,
// offers, SSH keys, money, and one small interface per capability.
//
// It describes what a cloud can do without the words of a vendor. It must never know
// a vendor, HTTP, MCP or the guard. Vendors implement it and tools use it, and neither
// knows the other.
package cloud
