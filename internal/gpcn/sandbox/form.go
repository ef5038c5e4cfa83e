package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"countersign/internal/cloud"
)

// machineName is the rule of the vendor's Terraform provider.
var machineName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 .-]{0,58}[A-Za-z0-9])?$`)

// form reads the parts of a request and collects an issue for every wrong field.
type form struct {
	issues  []issue
	members map[string]json.RawMessage
	// within is the path of the object that is read, with a dot at its end.
	within string
}

func (f *form) report(path, format string, args ...any) {
	f.issues = append(f.issues, issue{f.within + path, fmt.Sprintf(format, args...)})
}

// pathID reads the ID in the path.
func (f *form) pathID(r *http.Request) string {
	id := r.PathValue("id")
	if !cloud.IsUUID(id) {
		f.report("id", "Invalid uuid")
	}
	return id
}

// queryID reads an optional ID in the query.
func (f *form) queryID(r *http.Request, name string) string {
	id := r.URL.Query().Get(name)
	if id != "" && !cloud.IsUUID(id) {
		f.report(name, "Invalid uuid")
	}
	return id
}

// queryNumber reads an optional integer in the query.
func (f *form) queryNumber(r *http.Request, name string, fallback, least, most int) int {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		f.report(name, "Expected an integer from %d to %d", least, most)
		return fallback
	}
	return n
}

// body reads the members of a JSON object. It refuses unknown members: the vendor's
// reaction to them is not documented, and a client that sends one is wrong.
func (f *form) body(r *http.Request, known ...string) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		f.report("body", "Could not be read")
		return
	}
	f.object(raw, known...)
}

func (f *form) object(raw json.RawMessage, known ...string) {
	if err := json.Unmarshal(raw, &f.members); err != nil || f.members == nil {
		f.members = nil
		f.report("body", "Expected object")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(f.members)) {
		if !slices.Contains(known, name) {
			f.report(name, "Unrecognized key")
		}
	}
}

// has reports whether a member is there.
func (f *form) has(name string) bool {
	_, there := f.members[name]
	return there
}

// require reports members that are missing from an object that could be read.
func (f *form) require(names ...string) {
	for _, name := range names {
		if f.members != nil && !f.has(name) {
			f.report(name, "Required")
		}
	}
}

// member reads one member of a JSON type; nil where it is missing, null or of another
// type. The last two are issues.
func member[T any](f *form, name, kind string) *T {
	raw, there := f.members[name]
	if !there {
		return nil
	}
	var value T
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) || json.Unmarshal(raw, &value) != nil {
		f.report(name, "Expected %s", kind)
		return nil
	}
	return &value
}

func (f *form) text(name string) *string { return member[string](f, name, "string") }

// null reports whether a member is there and null.
func (f *form) null(name string) bool {
	raw, there := f.members[name]
	return there && bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
}

// number reads an integer member within limits.
func (f *form) number(name string, least, most int) *int {
	n := member[int](f, name, "integer")
	if n != nil && (*n < least || *n > most) {
		f.report(name, "Must be between %d and %d", least, most)
		return nil
	}
	return n
}

// id reads a string member that must be a UUID.
func (f *form) id(name string) *string {
	text := f.text(name)
	if text != nil && !cloud.IsUUID(*text) {
		f.report(name, "Invalid uuid")
		return nil
	}
	return text
}

// ids reads a list of 1 to 50 UUIDs.
func (f *form) ids(name string) []string {
	const most = 50
	f.require(name)
	list := member[[]string](f, name, "array of strings")
	if list == nil {
		return nil
	}
	if len(*list) < 1 || len(*list) > most {
		f.report(name, "Must have 1 to %d items", most)
	}
	for i, id := range *list {
		if !cloud.IsUUID(id) {
			f.report(fmt.Sprintf("%s.%d", name, i), "Invalid uuid")
		}
	}
	return *list
}

// oneOf reads a string member that must be one of the given values.
func (f *form) oneOf(name string, values ...string) *string {
	text := f.text(name)
	if text != nil && !slices.Contains(values, *text) {
		f.report(name, "Must be one of %q", values)
		return nil
	}
	return text
}

// matching reads a string member and checks its length and pattern.
func (f *form) matching(name string, least, most int, pattern *regexp.Regexp) *string {
	text := f.text(name)
	switch {
	case text == nil:
		return nil
	case len([]rune(*text)) < least, len([]rune(*text)) > most:
		f.report(name, "Must have %d to %d characters", least, most)
		return nil
	case pattern != nil && !pattern.MatchString(*text):
		f.report(name, "Does not match %s", pattern)
		return nil
	}
	return text
}

// name reads the name of a machine.
func (f *form) name() *string {
	const most = 60
	return f.matching("name", 1, most, machineName)
}

// refused returns the error for the issues, if there are any.
func (f *form) refused() (answer, bool) { return invalid(f.issues...), len(f.issues) > 0 }
