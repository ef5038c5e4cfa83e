package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// hostServer is the entry of a server in a host's configuration.
type hostServer struct {
	Type    string   `json:"type,omitempty"`
	Command string   `json:"command"`
	Args    []string `json:"args"`
}

// pasteable returns the configuration that a user pastes into the usual hosts to
// use the sandbox.
func pasteable(binary string) string {
	args := []string{"serve", "--sandbox"}
	entry := func(key, kind string) string {
		servers := map[string]map[string]hostServer{key: {"countersign": {Type: kind, Command: binary, Args: args}}}
		raw, err := json.MarshalIndent(servers, "  ", "  ")
		if err != nil {
			return ""
		}
		return "  " + string(raw) + "\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nClaude Code (in a terminal):\n  claude mcp add countersign -- %s %s\n", binary, strings.Join(args, " "))
	b.WriteString("\nClaude Desktop (claude_desktop_config.json):\n" + entry("mcpServers", ""))
	b.WriteString("\nVS Code (.vscode/mcp.json):\n" + entry("servers", "stdio"))
	b.WriteString("\nCursor (.cursor/mcp.json):\n" + entry("mcpServers", ""))
	b.WriteString("\nWithout --sandbox it works on the clouds whose keys are in the environment; the README has their names.\n")
	return b.String()
}
