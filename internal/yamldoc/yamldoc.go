// Package yamldoc reads YAML files that people write by hand, strictly: it refuses
// unknown and duplicate keys, anchors, aliases and tags, and every error names file,
// line and column. Scalars are returned as the text in the file, so that no number is
// rounded.
//
// It must never know what a file is about.
package yamldoc

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"countersign/internal/spelling"
)

// maxSize is the greatest size of a file in bytes. Files written by hand are smaller.
const maxSize = 1 << 20

// Error says what is wrong with a file, and where.
type Error struct {
	File string
	// Line and Column begin at 1; they are 0 for an error of the whole file.
	Line, Column int
	Message      string
	// Empty says that nothing but space and comments stands in the file.
	Empty bool
}

// Error writes "prices.yaml:4:9: what is wrong", as compilers do.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// Node is one value of a file.
type Node struct {
	file string
	yaml *yaml.Node
}

// Entry is one key of a mapping with its value.
type Entry struct {
	Key string
	// At is the place of the key.
	At    Node
	Value Node
}

// ReadFile reads the one document of a file.
func ReadFile(path string) (Node, error) {
	text, err := read(path)
	if err != nil {
		if pathError, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathError.Err
		}
		return Node{}, &Error{File: path, Message: "cannot be read: " + err.Error()}
	}
	return Parse(path, text)
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	return text, errors.Join(err, f.Close())
}

// Parse reads the one document of a text; file is its name in errors.
func Parse(file string, text []byte) (Node, error) {
	if len(text) > maxSize {
		return Node{}, &Error{File: file, Message: fmt.Sprintf("is larger than %d bytes", maxSize)}
	}
	var document yaml.Node
	err := yaml.Load(text, &document)
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		return Node{}, syntaxError(file, e)
	}
	if err != nil || len(document.Content) != 1 {
		return Node{}, &Error{File: file, Message: "is not one YAML document"}
	}
	root := Node{file, document.Content[0]}
	return root, root.plain()
}

// syntaxError returns an error with the place where a text is not valid YAML. An error
// of the whole text, such as of its encoding, has no place.
func syntaxError(file string, e *yaml.LoadError) error {
	message := strings.TrimPrefix(e.Message, "yaml: ")
	if e.ContextMsg != "" {
		message = e.ContextMsg + ": " + message
	}
	if begun := e.ContextMark.Line; begun != 0 && begun != e.Mark.Line {
		message += fmt.Sprintf(", begun on line %d", begun)
	}
	if strings.HasSuffix(message, "no documents in stream") {
		return &Error{File: file, Message: "is empty", Empty: true}
	}
	if strings.HasPrefix(message, "unknown anchor") || strings.HasPrefix(message, "while scanning an alias") {
		message += "; put a text that begins with * in quotes"
	}
	return &Error{File: file, Line: e.Mark.Line, Column: e.Mark.Column, Message: "is not YAML: " + message}
}

// plain refuses anchors, aliases and tags, which change the meaning of the text.
func (n Node) plain() error {
	switch {
	case n.yaml.Kind == yaml.AliasNode, n.yaml.Anchor != "":
		return n.Errorf("anchors and aliases are not taken; write the value out")
	case n.yaml.Style&yaml.TaggedStyle != 0:
		return n.Errorf("tags are not taken; write the value without")
	}
	for _, child := range n.yaml.Content {
		if err := (Node{n.file, child}).plain(); err != nil {
			return err
		}
	}
	return nil
}

// Errorf returns an error about this value.
func (n Node) Errorf(format string, args ...any) error {
	return &Error{File: n.file, Line: n.yaml.Line, Column: n.yaml.Column, Message: fmt.Sprintf(format, args...)}
}

// Entries returns the entries of a mapping in the order of the file; what names
// the value in errors.
func (n Node) Entries(what string) ([]Entry, error) {
	if n.yaml.Kind != yaml.MappingNode {
		return nil, n.Errorf("%s: expected a mapping of keys to values, got %s", what, n.kind())
	}
	var entries []Entry
	for i := 0; i+1 < len(n.yaml.Content); i += 2 {
		at := Node{n.file, n.yaml.Content[i]}
		key, err := at.Text("a key of " + what)
		if err != nil {
			return nil, err
		}
		if first := slices.IndexFunc(entries, func(e Entry) bool { return e.Key == key }); first >= 0 {
			return nil, at.Errorf("%s: %q stands on line %d already", what, key, entries[first].At.yaml.Line)
		}
		entries = append(entries, Entry{key, at, Node{n.file, n.yaml.Content[i+1]}})
	}
	return entries, nil
}

// Fields returns the values of a mapping by key and refuses all other keys.
func (n Node) Fields(what string, known ...string) (map[string]Node, error) {
	entries, err := n.Entries(what)
	if err != nil {
		return nil, err
	}
	fields := map[string]Node{}
	for _, e := range entries {
		if !slices.Contains(known, e.Key) {
			return nil, e.At.Errorf("%s: there is no key %q; %s", what, e.Key, Meant(e.Key, known))
		}
		fields[e.Key] = e.Value
	}
	return fields, nil
}

// Meant returns a sentence on which valid word a wrong one may have meant.
func Meant(word string, there []string) string {
	if near := spelling.Nearest(word, there); near != "" {
		return "did you mean " + near + "?"
	}
	return "expected " + strings.Join(there, " or ")
}

// Items returns the values of a list in the order of the file; what names it in
// errors.
func (n Node) Items(what string) ([]Node, error) {
	if n.yaml.Kind != yaml.SequenceNode {
		return nil, n.Errorf("%s: expected a list, got %s", what, n.kind())
	}
	var items []Node
	for _, item := range n.yaml.Content {
		items = append(items, Node{n.file, item})
	}
	return items, nil
}

// Several returns the values of a list, or the one value where it is written alone.
func (n Node) Several(what string) ([]Node, error) {
	if n.yaml.Kind != yaml.SequenceNode {
		return []Node{n}, nil
	}
	if len(n.yaml.Content) == 0 {
		return nil, n.Errorf("%s: the list is empty; leave the key out", what)
	}
	return n.Items(what)
}

// Text returns a scalar as it was written; what names it in errors.
func (n Node) Text(what string) (string, error) {
	if n.yaml.Kind != yaml.ScalarNode || n.yaml.Tag == "!!null" || n.yaml.Value == "" {
		return "", n.Errorf("%s: expected a text, got %s", what, n.kind())
	}
	return n.yaml.Value, nil
}

// kind describes a value without showing it, because the file may be the wrong one.
func (n Node) kind() string {
	switch {
	case n.yaml.Kind == yaml.MappingNode:
		return "a mapping"
	case n.yaml.Kind == yaml.SequenceNode:
		return "a list"
	case n.yaml.Tag == "!!null" || n.yaml.Value == "":
		return "nothing"
	}
	return "a text or number"
}
