// Package cloud is the vocabulary that all clouds share: machines, locations,
// offers, SSH keys, money, and one small interface per capability.
//
// It says what a cloud can do in words that no vendor owns. It must never know
// a vendor, HTTP, MCP or the guard: vendors implement it, tools are written on
// it, and neither reaches through it to the other.
package cloud
