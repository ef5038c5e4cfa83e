// Package hostup speaks to the HostUp cloud API v2: a typed client with one
// method per documented operation, and the adapter that turns it into the
// vocabulary of package cloud.
//
// The wire types have the fields that the vendor's pages document. A method's comment
// names its page and how much of it is known: full, near full, request full, response
// head, name only, or legacy only. [inferred] marks what no source says outright.
//
// Files that end in _provider.go or _kind.go adapt; the others hold wire types and
// endpoints. The package must never know MCP, the guard, the tools or another cloud.
package hostup
