package auth

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"countersign/internal/cloud"
)

// tokenPrefix is the beginning of every static token, so that a leaked one can be
// recognized.
const tokenPrefix = "cs_"

// NewToken returns a new token, which is stored nowhere, and its hash.
func NewToken() (token cloud.Secret, hash [sha256.Size]byte) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	text := tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
	return cloud.NewSecret(text), sha256.Sum256([]byte(text))
}

// ErrTokenExists and ErrNoToken report that a file has a token of a name already, or has
// none.
var (
	ErrTokenExists = errors.New("there is a token of that name already")
	ErrNoToken     = errors.New("there is no token of that name")
)

// AddToken adds a token to a file, and creates the file if there is none. The rest of the
// file stays as it is.
func AddToken(path string, t Token) error {
	if err := CheckName(t.Name); err != nil {
		return err
	}
	entry := entryOf(path, t)
	return edit(path, func(f *File, lines []string) ([]string, *File, error) {
		if slices.ContainsFunc(f.Tokens, func(other Token) bool { return other.Name == t.Name }) {
			return nil, nil, ErrTokenExists
		}
		want := &File{Tokens: append(slices.Clone(f.Tokens), t), Subjects: f.Subjects}
		section := findSection(lines)
		if section.at < 0 {
			return slices.Concat(lines, []string{keyTokens + ":"}, indented(entry, "  ")), want, nil
		}
		head := slices.Clone(lines[:section.from])
		head[section.at] = keyTokens + ":" + section.comment
		return slices.Concat(head, lines[section.from:section.to], indented(entry, section.indent), lines[section.to:]), want, nil
	})
}

// RemoveToken removes a token from a file. The token is not accepted from then on.
func RemoveToken(path, name string) error {
	return edit(path, func(f *File, lines []string) ([]string, *File, error) {
		i := slices.IndexFunc(f.Tokens, func(t Token) bool { return t.Name == name })
		if i < 0 {
			return nil, nil, ErrNoToken
		}
		want := &File{Tokens: slices.Delete(slices.Clone(f.Tokens), i, i+1), Subjects: f.Subjects}
		section := findSection(lines)
		if len(section.items) != len(f.Tokens) {
			return nil, want, nil // the lines of the token were not found
		}
		from, to := section.items[i], section.to
		if i+1 < len(section.items) {
			to = lastOf(lines, section.items[i+1])
		}
		rest := slices.Concat(lines[:from], lines[to:])
		if len(want.Tokens) == 0 {
			rest[section.at] = keyTokens + ": []" + section.comment
		}
		return rest, want, nil
	})
}

// hashLine is the line with the hash of a token.
var hashLine = regexp.MustCompile(`^(\s*(?:- )?hash:\s*)["']?[0-9a-fA-F]+["']?(.*)$`)

// RotateToken gives a token of a file another hash. The token before is not accepted from
// then on; what else the file says of it stays. It returns the token with the new hash.
func RotateToken(path, name string, hash [sha256.Size]byte) (Token, error) {
	var rotated Token
	err := edit(path, func(f *File, lines []string) ([]string, *File, error) {
		i := slices.IndexFunc(f.Tokens, func(t Token) bool { return t.Name == name })
		if i < 0 {
			return nil, nil, ErrNoToken
		}
		want := &File{Tokens: slices.Clone(f.Tokens), Subjects: f.Subjects}
		want.Tokens[i].Hash = hash
		rotated = want.Tokens[i]
		section := findSection(lines)
		if len(section.items) != len(f.Tokens) {
			return nil, want, nil // the lines of the token were not found
		}
		from, to := section.items[i], section.to
		if i+1 < len(section.items) {
			to = section.items[i+1]
		}
		changed := slices.Clone(lines)
		for n := from; n < to; n++ {
			changed[n] = hashLine.ReplaceAllString(changed[n], "${1}"+hex.EncodeToString(hash[:])+"${2}")
		}
		return changed, want, nil
	})
	return rotated, err
}

// entryOf returns the lines of a token in a file.
func entryOf(path string, t Token) []string {
	lines := []string{
		"- name: " + t.Name,
		"  hash: " + hex.EncodeToString(t.Hash[:]),
		"  scopes: [" + strings.ReplaceAll(t.Scopes.String(), " ", ", ") + "]",
	}
	if t.Accounts != nil {
		names := make([]string, len(t.Accounts))
		for i, name := range t.Accounts {
			names[i] = quote(string(name))
		}
		lines = append(lines, "  accounts: ["+strings.Join(names, ", ")+"]")
	}
	if t.Policy != "" {
		policy := t.Policy
		if near, err := filepath.Rel(filepath.Dir(path), policy); err == nil && filepath.IsLocal(near) {
			policy = near
		}
		lines = append(lines, "  policy: "+quote(policy))
	}
	if !t.Expires.IsZero() {
		lines = append(lines, "  expires: "+t.Expires.UTC().Format(time.RFC3339))
	}
	return lines
}

// quote returns a text in quotes, as YAML reads it.
func quote(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		return "" // never fails for texts
	}
	return string(raw)
}

func indented(lines []string, indent string) []string {
	all := make([]string, len(lines))
	for i, line := range lines {
		all[i] = indent + line
	}
	return all
}

// section is the place of the tokens in a file: the line of the key, and the lines from
// the first one after it to the last one of the tokens.
type section struct {
	at, from, to int
	items        []int
	indent       string
	comment      string
}

// findSection finds the tokens in the lines of a file. It understands the usual block
// style and not all of YAML; edit checks the result.
func findSection(lines []string) section {
	s := section{at: -1, indent: "  "}
	for i, line := range lines {
		rest, is := strings.CutPrefix(line, keyTokens+":")
		if is && s.at < 0 {
			rest, comment, commented := strings.Cut(rest, "#")
			if commented {
				s.comment = " #" + comment
			}
			if rest = strings.TrimSpace(rest); rest != "" && rest != "[]" {
				return s
			}
			s.at, s.from, s.to = i, i+1, i+1
			continue
		}
		text := strings.TrimLeft(line, " ")
		switch {
		case s.at < 0 || text == "" || text[0] == '#':
			continue
		case len(text) == len(line) && text[0] != '-':
			return s // the next key
		case strings.HasPrefix(text, "- ") && (len(s.items) == 0 || s.indent == line[:len(line)-len(text)]):
			s.indent = line[:len(line)-len(text)]
			s.items = append(s.items, i)
		}
		s.to = i + 1
	}
	return s
}

// lastOf returns the line after the item that precedes the line next. Comments between
// the two belong to the next item.
func lastOf(lines []string, next int) int {
	for next > 0 {
		text := strings.TrimSpace(lines[next-1])
		if text != "" && text[0] != '#' {
			break
		}
		next--
	}
	return next
}

// edit changes the lines of a file. It leaves the file alone unless the changed text
// parses to the wanted value. A lock makes concurrent edits wait for each other.
func edit(path string, change func(f *File, lines []string) ([]string, *File, error)) error {
	target := path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		target = real
	}
	lock := flock.New(target + ".lock")
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock the file of tokens: %w", err)
	}
	defer func() { _ = lock.Unlock() }()
	f, old := &File{}, []byte(nil)
	_, err := os.Stat(path)
	if !errors.Is(err, fs.ErrNotExist) {
		if old, err = readPrivate(path); err != nil {
			return err
		}
		if f, err = parseOrEmpty(path, old); err != nil {
			return err
		}
	}
	lines := slices.Collect(splitLines(old))
	lines, want, err := change(f, lines)
	if err != nil {
		return err
	}
	text := []byte(strings.Join(lines, "\n") + "\n")
	if got, err := parse(path, text, nil); err != nil || lines == nil || !reflect.DeepEqual(normal(got), normal(want)) {
		return fmt.Errorf("%s is written in a way that this command cannot change safely; change it by hand", path)
	}
	return replace(target, text)
}

// parseOrEmpty parses a file, which may be empty.
func parseOrEmpty(path string, text []byte) (*File, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return &File{}, nil
	}
	return parse(path, text, nil)
}

func splitLines(text []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for line := range bytes.Lines(text) {
			if !yield(strings.TrimRight(string(line), "\r\n")) {
				return
			}
		}
	}
}

// normal returns a file in a form that can be compared: without the difference between
// no list and an empty list of tokens, and with times in UTC to the second.
func normal(f *File) File {
	n := File{Subjects: f.Subjects}
	for _, t := range f.Tokens {
		t.Expires = t.Expires.UTC().Truncate(time.Second)
		n.Tokens = append(n.Tokens, t)
	}
	return n
}

// replace replaces the text of a file atomically.
func replace(path string, text []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".tokens-*") // only its owner can read it
	if err != nil {
		return fmt.Errorf("write the file of tokens: %w", err)
	}
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return fmt.Errorf("write the file of tokens: %w", err)
	}
	return nil
}
