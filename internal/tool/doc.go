// Package tool says what a tool is: one generic value with a typed input, a
// typed output and an effect, from which schemas, annotations, documentation
// and the guard's questions are derived.
//
// It must never know MCP, a vendor or a particular tool.
package tool
