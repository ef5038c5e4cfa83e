// Package voltagepark speaks to the Voltage Park On-Demand API: a typed client
// with one method per documented operation, and the adapter that turns it into
// the vocabulary of package cloud.
//
// The wire types have the fields that the vendor's API page documents, and accept what
// other sources show. [inferred] marks what no source says outright.
//
// Files that end in _provider.go or _kind.go adapt; the others hold wire types and
// endpoints. The package must never know MCP, the guard, the tools or another cloud.
package voltagepark
