package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// The limits of arguments, which are checked while they are parsed.
const (
	maxBytes = 1 << 20
	maxDepth = 32
	// maxNumber is the greatest length of a number. A longer one, or a huge exponent,
	// would keep the exact arithmetic of the validator busy for ever.
	maxNumber   = 64
	maxExponent = 3 // digits
)

// parser parses one JSON document into the values that the validator accepts. It
// collects problems that are valid JSON, such as duplicate keys and null.
type parser struct {
	decoder  *jsontext.Decoder
	problems Problems
}

// unreadable is the error of a document that is not JSON or exceeds a limit, so that
// it cannot be validated.
type unreadable string

func (u unreadable) Error() string { return string(u) }

// parseDocument parses a whole document: objects as map[string]any, arrays as
// []any, numbers as json.Number. The error is an unreadable.
func parseDocument(raw []byte) (any, Problems, error) {
	if len(raw) > maxBytes {
		return nil, nil, unreadable(fmt.Sprintf("are %d bytes long; at most %d are taken", len(raw), maxBytes))
	}
	if !utf8.Valid(raw) {
		return nil, nil, unreadable("are not valid UTF-8")
	}
	// Duplicates are found here rather than by the decoder, which stops at the first.
	p := parser{decoder: jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true))}
	value, err := p.value("", 0)
	if err == nil {
		if _, end := p.decoder.ReadToken(); !errors.Is(end, io.EOF) {
			err = unreadable(fmt.Sprintf("are followed by something else at byte %d", p.decoder.InputOffset()))
		}
	}
	if err != nil {
		return nil, nil, readable(err)
	}
	return value, p.problems, nil
}

// readable describes a syntax error without the text at its place.
func readable(err error) error {
	if own, ok := errors.AsType[unreadable](err); ok {
		return own
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return unreadable("are not valid JSON: they end too early")
	}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return unreadable(fmt.Sprintf("are not valid JSON at byte %d", syntactic.ByteOffset))
	}
	return unreadable("are not valid JSON")
}

func (p *parser) value(path string, depth int) (any, error) {
	token, err := p.decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{', '[':
		if depth == maxDepth {
			return nil, unreadable(fmt.Sprintf("are nested deeper than %d levels", maxDepth))
		}
		if token.Kind() == '{' {
			return p.object(path, depth+1)
		}
		return p.array(path, depth+1)
	case '"':
		return token.String(), nil
	case '0':
		return number(token.String())
	case 't', 'f':
		return token.Bool(), nil
	}
	return nil, nil
}

func (p *parser) object(path string, depth int) (any, error) {
	members := map[string]any{}
	for p.decoder.PeekKind() != '}' {
		token, err := p.decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		name := token.String()
		where := join(path, shownKey(name))
		value, err := p.value(where, depth)
		if err != nil {
			return nil, err
		}
		if _, twice := members[name]; twice {
			p.problems = append(p.problems, Problem{Path: where, Message: "is given twice"})
			continue
		}
		members[name] = value
	}
	_, err := p.decoder.ReadToken()
	return members, err
}

func (p *parser) array(path string, depth int) (any, error) {
	items := []any{}
	for p.decoder.PeekKind() != ']' {
		value, err := p.value(fmt.Sprintf("%s[%d]", path, len(items)), depth)
		if err != nil {
			return nil, err
		}
		items = append(items, value)
	}
	_, err := p.decoder.ReadToken()
	return items, err
}

func number(text string) (any, error) {
	_, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if len(text) > maxNumber || len(strings.TrimLeft(exponent, "+-")) > maxExponent {
		return nil, unreadable(fmt.Sprintf("hold a number of more than %d characters or too large an exponent", maxNumber))
	}
	return json.Number(text), nil
}
