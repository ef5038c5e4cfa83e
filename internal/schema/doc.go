// Package schema makes JSON Schemas from Go types, in a form that every MCP client
// accepts, and decodes arguments strictly into those types: it refuses unknown and
// duplicate keys, matches keys by case, and never coerces IDs.
//
// It is the only importer of invopop/jsonschema, of the schema validator and
// of the strict JSON decoder. It must never know a tool, a cloud's rules or
// MCP.
package schema
