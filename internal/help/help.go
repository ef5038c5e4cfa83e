// Package help has the manual as embedded Markdown topics. It must never import what
// the manual describes.
package help

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed *.md
var topics embed.FS

// Topics lists the topics in alphabetical order.
func Topics() []string {
	entries, err := topics.ReadDir(".")
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".md"))
	}
	slices.Sort(names)
	return names
}

// mark is a line that marks a generated part of a topic.
var mark = regexp.MustCompile(`(?m)^<!-- .* -->\n`)

// Topic returns the text of a topic; the error lists the topics.
func Topic(name string) (string, error) {
	raw, err := topics.ReadFile(name + ".md")
	if err != nil {
		return "", fmt.Errorf("there is no help topic %q; there are: %s", name, strings.Join(Topics(), ", "))
	}
	return mark.ReplaceAllString(string(raw), ""), nil
}
