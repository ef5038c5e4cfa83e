// Package schema turns Go types into the JSON Schemas that every MCP client
// accepts, and turns arguments into those types strictly: unknown and duplicate
// keys are refused, keys are matched by case, IDs are never coerced.
//
// It is the only importer of invopop/jsonschema, of the schema validator and
// of the strict JSON decoder. It must never know a tool, a cloud's rules or
// MCP.
package schema
