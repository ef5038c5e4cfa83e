// Package voltagepark speaks to the Voltage Park On-Demand API: a typed client
// with one method per documented operation, and the adapter that turns it into
// the vocabulary of package cloud.
//
// The wire types hold what the vendor's API page documents, field by field, and
// tolerate what other sources saw beside it. The package must never know MCP,
// the guard, the tools or another cloud.
package voltagepark
