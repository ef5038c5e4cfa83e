// Package audit does what people do with the audit chain: filter and print records,
// describe them in sentences, verify them against heads that were saved elsewhere,
// export and compact them.
//
// The guard decides what it records. A kind or a member that this package does not
// know is printed as it is. It must never know a cloud, and it appends nothing but the
// record of a compaction.
package audit
