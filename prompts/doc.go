// Package prompts is what a user can start an agent with: one Markdown file for
// each prompt, whose front matter declares its arguments, and the live IDs that
// these are completed from.
//
// It reads clouds through the capabilities of internal/cloud and changes
// nothing. It must never know MCP, the guard or a vendor.
package prompts
