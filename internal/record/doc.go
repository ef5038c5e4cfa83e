// Package record is what the guard writes into the audit and package audit reads
// out of it: the kinds of records and the form of their bodies.
//
// The bodies are hashed into the chain. A field may be added at the end; the name,
// the place and the JSON of a field that is there never change. It must never know
// who writes a record or who reads it.
package record
