// Package hostup speaks to the HostUp cloud API v2: a typed client with one
// method per documented operation, and the adapter that turns it into the
// vocabulary of package cloud.
//
// The wire types hold what the vendor's pages document, field by field. The
// package must never know MCP, the guard, the tools or another cloud.
package hostup
