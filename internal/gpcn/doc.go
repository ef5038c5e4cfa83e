// Package gpcn speaks to the GPCN cloud API (Global Private Cloud Network): a
// typed client with one method per operation, and the adapter that turns it into
// the vocabulary of package cloud.
//
// The wire types are those of API reference v1.8.2. Pages "Create a new virtual
// machine" and "Update a GPU VM" are the law; what other pages, the vendor's
// guides and its Terraform provider show fills the gaps, and is read so widely
// that neither of the API's neighbouring generations breaks it. The package must
// never know MCP, the guard, the tools or another cloud.
package gpcn
