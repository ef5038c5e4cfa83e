// Package prompts has the prompts that a user can start an agent with, one Markdown
// file each. The front matter declares the arguments, which are completed from live
// IDs.
//
// It reads clouds through the capabilities of internal/cloud and changes nothing.
// It must never know MCP, the guard or a vendor.
package prompts
