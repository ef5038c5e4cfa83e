package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// keywordsOf returns the keywords that every client accepts for a type. Any other one
// is a finding: references, combinators, and keywords that only some clients know.
func keywordsOf(jsonType string) []string {
	always := []string{"type", "description"}
	switch jsonType {
	case "object":
		return append(always, "properties", "required", "additionalProperties")
	case "array":
		return append(always, "items", "minItems", "maxItems")
	case "string":
		return append(always, "enum", "pattern", "format", "minLength", "maxLength", "default")
	case "integer", "number":
		return append(always, "minimum", "maximum", "default")
	case "boolean":
		return append(always, "default")
	}
	return nil
}

// lint returns findings on everything that a client would refuse, and on tags without
// an effect. Each begins with the path of the property, except for the root.
func (s *Schema) lint() []string {
	r := s.reflected()
	if r.err != nil {
		return []string{r.err.Error()}
	}
	findings, err := lintJSON(r.json, s.options.output)
	if err != nil {
		return []string{err.Error()}
	}
	tags := tagLint{optionRequired: s.options.isRequired, output: s.options.output}
	tags.structure(s.goType, r.root, "")
	for _, b := range s.options.blocks {
		block := tagLint{optionRequired: asTagged}
		block.structure(blockType(b), r.root.Properties.Value(b.Name), b.Name)
		tags.findings = append(tags.findings, block.findings...)
	}
	return append(findings, tags.findings...)
}

// lintJSON checks the text of a schema against the rules.
func lintJSON(text []byte, output bool) ([]string, error) {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	l := jsonLint{open: output}
	l.node(document, "")
	if root, ok := document.(map[string]any); ok && root["type"] != "object" {
		l.found("", "the root must be an object")
	}
	return l.findings, nil
}

// jsonLint collects the findings on the text of a schema.
type jsonLint struct {
	// open allows schemas to accept members that they do not name.
	open     bool
	findings []string
}

func (l *jsonLint) found(path, format string, args ...any) {
	l.findings = append(l.findings, at(path, fmt.Sprintf(format, args...)))
}

func (l *jsonLint) node(value any, path string) {
	node, ok := value.(map[string]any)
	if !ok {
		l.found(path, "a schema that is not an object accepts anything or nothing")
		return
	}
	jsonType, ok := node["type"].(string)
	allowed := keywordsOf(jsonType)
	if !ok || allowed == nil {
		l.found(path, "the type must be one word of JSON Schema")
		return
	}
	for _, keyword := range slices.Sorted(maps.Keys(node)) {
		if !slices.Contains(allowed, keyword) {
			l.found(path, "%s is not accepted by every client on type %s", keyword, jsonType)
		}
	}
	switch jsonType {
	case "object":
		l.object(node, path)
	case "array":
		l.node(node["items"], path+"[]")
	case "string":
		l.text(node, path)
	}
}

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (l *jsonLint) object(node map[string]any, path string) {
	if !l.open && node["additionalProperties"] != false {
		l.found(path, "additionalProperties must be false")
	}
	properties, ok := node["properties"].(map[string]any)
	if !ok && (!l.open || path == "") {
		l.found(path, "an object needs properties")
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		where := join(path, name)
		if !snakeCase.MatchString(name) {
			l.found(where, "the name must match %s", snakeCase)
		}
		if property, ok := properties[name].(map[string]any); ok && !l.open && !isText(property["description"]) {
			l.found(where, "lacks a description")
		}
		l.node(properties[name], where)
	}
	required, _ := node["required"].([]any)
	for _, name := range required {
		if _, ok := properties[fmt.Sprint(name)]; !ok {
			l.found(path, "requires %v, which it does not have", name)
		}
	}
}

func (l *jsonLint) text(node map[string]any, path string) {
	if values, ok := node["enum"]; ok {
		l.enum(values, path)
	}
	if format, ok := node["format"]; ok && !isFormat(fmt.Sprint(format)) {
		l.found(path, "format %v is not accepted by every client", format)
	}
	if pattern, ok := node["pattern"]; ok {
		if reason := unportable(fmt.Sprint(pattern)); reason != "" {
			l.found(path, "pattern %v: %s", pattern, reason)
		}
	}
}

func (l *jsonLint) enum(values any, path string) {
	list, _ := values.([]any)
	if len(list) == 0 {
		l.found(path, "an enum needs values")
	}
	seen := map[any]bool{}
	for _, v := range list {
		switch {
		case !isText(v):
			l.found(path, "enum values must be strings that are not empty")
		case seen[v]:
			l.found(path, "enum value %v stands twice", v)
		default:
			seen[v] = true
		}
	}
}

func isText(v any) bool {
	text, ok := v.(string)
	return ok && strings.TrimSpace(text) != ""
}

// portableEscapes may follow a backslash in the regular expressions of Go and of
// JavaScript (with the flag u), with the same meaning.
const portableEscapes = `^$\.*+?()[]{}|/-dDwWbBnrtfv`

// unportable returns why a pattern may have different meanings for clients, or an empty
// text.
func unportable(pattern string) string {
	if _, err := syntax.Parse(pattern, syntax.Perl); err != nil {
		return "is no regular expression"
	}
	for i := 0; i < len(pattern)-1; i++ {
		switch {
		case pattern[i] == '\\' && !strings.ContainsRune(portableEscapes, rune(pattern[i+1])):
			return "not every client knows " + pattern[i:i+2]
		case pattern[i] == '\\':
			i++
		case strings.HasPrefix(pattern[i:], "[[:"), strings.HasPrefix(pattern[i:], "(?") && !strings.HasPrefix(pattern[i:], "(?:"):
			return "not every client knows " + pattern[i:i+2]
		}
	}
	return ""
}

// asJSON returns a part of a reflected schema as plain JSON values.
func asJSON(v any) map[string]any {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return nil
	}
	node, _ := document.(map[string]any)
	return node
}
