// Package mcpserver carries calls in and results out: it turns the catalogue of
// tools into MCP tools, puts the guard's questions to clients, and serves the
// transports.
//
// It is the only importer of mcp-go and works around the known faults of that library.
// It must never know a cloud or decide anything about a call.
package mcpserver
