// Package tools says what an agent can do, one file per noun, in words that all
// clouds share. It knows the vocabulary of package cloud and the shape of
// package tool; it must never know MCP, a vendor or the guard.
package tools
