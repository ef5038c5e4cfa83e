package voltagepark

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"countersign/internal/cloud"
)

// render shows cloud-init whole to the person who approves, much as its YAML
// would. Nothing in it can hide: invisible characters are written as escapes,
// and content in base64 is shown decoded as well.
func (c CloudInit) render() string {
	var b strings.Builder
	section := func(title string, rows []string) {
		if len(rows) == 0 {
			return
		}
		b.WriteString(title + ":\n")
		for _, row := range rows {
			b.WriteString("- " + strings.TrimPrefix(indented(row, "  "), "  "))
		}
	}
	section("packages", c.Packages)
	if len(c.WriteFiles) > 0 {
		b.WriteString("write_files:\n")
	}
	for _, file := range c.WriteFiles {
		b.WriteString(file.render())
	}
	section("runcmd", c.RunCmd)
	return b.String()
}

func (f WriteFile) render() string {
	var b strings.Builder
	fmt.Fprintf(&b, "- path: %s\n", shown(f.Path))
	for _, row := range []struct{ label, value string }{
		{"owner", f.Owner}, {"permissions", f.Permissions}, {"encoding", f.Encoding},
	} {
		if row.value != "" {
			fmt.Fprintf(&b, "  %s: %s\n", row.label, shown(row.value))
		}
	}
	b.WriteString("  content: |\n" + indented(f.Content, "    "))
	if decoded, ok := f.decoded(); ok {
		b.WriteString("  content, decoded: |\n" + indented(decoded, "    "))
	}
	return b.String()
}

// decoded is base64 content as text; ok is false where it is neither.
func (f WriteFile) decoded() (text string, ok bool) {
	if f.Encoding != "b64" && f.Encoding != "base64" {
		return "", false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(f.Content))
	return string(raw), err == nil && utf8.Valid(raw)
}

// indented puts every line of a text behind the indent.
func indented(text, indent string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		b.WriteString(indent + shown(line) + "\n")
	}
	return b.String()
}

// shown writes characters that do not show themselves as escapes.
func shown(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch _, invisible := cloud.Clean(string(r), 1); {
		case r == '\t':
			b.WriteString(`\t`)
		case invisible:
			fmt.Fprintf(&b, `\u{%04x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
