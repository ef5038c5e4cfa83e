// Package help is the manual: Markdown topics, embedded. It must never know
// what it describes.
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

// mark is a line that is there for what generates a part of a topic.
var mark = regexp.MustCompile(`(?m)^<!-- .* -->\n`)

// Topic returns a topic's text; the error lists what there is.
func Topic(name string) (string, error) {
	raw, err := topics.ReadFile(name + ".md")
	if err != nil {
		return "", fmt.Errorf("there is no help topic %q; there are: %s", name, strings.Join(Topics(), ", "))
	}
	return mark.ReplaceAllString(string(raw), ""), nil
}
