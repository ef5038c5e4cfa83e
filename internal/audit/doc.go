// Package audit is what people do with the record: read it, tell a story from
// it, verify it against what was written down elsewhere, export and compact it.
//
// What a record says is the guard's business: a kind or a member that this
// package does not know is told as it stands. It must never know a cloud, and it
// appends nothing but the record of a compaction.
package audit
