// Package gpcn speaks to the GPCN cloud API (Global Private Cloud Network): a
// typed client with one method per operation, and the adapter that turns it into
// the vocabulary of package cloud.
//
// The wire types follow API reference v1.8.2. Pages "Create a new virtual machine"
// and "Update a GPU VM" are binding; other pages, the vendor's guides and its
// Terraform provider fill the gaps. Decoding is lenient enough for the API's older
// and newer generation too. [inferred] marks what no source says outright.
//
// Files that end in _provider.go or _kind.go adapt; the others hold wire types and
// endpoints. The package must never know MCP, the guard, the tools or another cloud.
package gpcn
