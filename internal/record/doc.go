// Package record has the kinds of audit records and the form of their bodies, which
// the guard writes and package audit reads.
//
// Bodies are hashed into the chain as they were written, and old ones have to stay
// readable. A field may be added; the name, the type and the meaning of one that is
// there never change. It must never know who writes a record or who reads it.
package record
