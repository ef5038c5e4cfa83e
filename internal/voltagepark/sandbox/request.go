package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"countersign/internal/cloud"
)

// form reads the parts of a request and collects all issues, as Pydantic does.
type form struct {
	issues  []issue
	members map[string]json.RawMessage
	// within is the location of the members: ["body"] or deeper.
	within []any
}

func (f *form) report(kind, msg string, loc ...any) {
	f.issues = append(f.issues, issue{Type: kind, Loc: loc, Msg: msg})
}

// pathID reads an ID in the path, which must be a UUID.
func (f *form) pathID(r *http.Request, name string) string {
	id := r.PathValue(name)
	if !cloud.IsUUID(id) {
		f.report("uuid_parsing", "Input should be a valid UUID", "path", name)
	}
	return id
}

// number reads an integer within limits from the query.
func (f *form) number(r *http.Request, name string, fallback, least, most int) int {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		f.report("int_parsing", "Input should be a valid integer, unable to parse string as an integer", "query", name)
	case n < least:
		f.report("greater_than_equal", fmt.Sprintf("Input should be greater than or equal to %d", least), "query", name)
	case n > most:
		f.report("less_than_equal", fmt.Sprintf("Input should be less than or equal to %d", most), "query", name)
	}
	return n
}

// page reads limit and offset.
func (f *form) page(r *http.Request, fallback, most int) (limit, offset int) {
	// That a negative offset is refused is not documented [inferred].
	return f.number(r, "limit", fallback, 1, most), f.number(r, "offset", 0, 0, math.MaxInt)
}

// date reads an optional day from the query; the zero time where there is none.
func (f *form) date(r *http.Request, name string) time.Time {
	text := r.URL.Query().Get(name)
	if text == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		f.report("date_from_datetime_parsing", "Input should be a valid date", "query", name)
	}
	return day
}

// body reads the members of a JSON object. It refuses unknown members: the vendor's
// reaction to them is not documented, and a client that sends one is wrong.
func (f *form) body(r *http.Request, known ...string) {
	raw, err := io.ReadAll(r.Body)
	if err != nil || !json.Valid(raw) {
		f.report("json_invalid", "JSON decode error", "body")
		return
	}
	f.object(raw, []any{"body"}, known...)
}

func (f *form) object(raw json.RawMessage, within []any, known ...string) {
	f.within = within
	if err := json.Unmarshal(raw, &f.members); err != nil || f.members == nil {
		f.report("model_attributes_type", "Input should be a valid dictionary or object to extract fields from", within...)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(f.members)) {
		if !slices.Contains(known, name) {
			f.report("extra_forbidden", "Extra inputs are not permitted", f.at(name)...)
		}
	}
}

func (f *form) at(parts ...any) []any { return append(slices.Clone(f.within), parts...) }

// given reports whether a member is there and not null.
func (f *form) given(name string) bool {
	raw, there := f.members[name]
	return there && !bytes.Equal(raw, []byte("null"))
}

// require reports members that are missing from an object that could be read.
func (f *form) require(names ...string) {
	if f.members == nil {
		return
	}
	for _, name := range names {
		if _, there := f.members[name]; !there {
			f.report("missing", "Field required", f.at(name)...)
		}
	}
}

// text reads a string member; null counts as missing where it is nullable.
func (f *form) text(name string, nullable bool) *string {
	raw, there := f.members[name]
	if !there || nullable && !f.given(name) {
		return nil
	}
	var text *string
	if json.Unmarshal(raw, &text) != nil || text == nil {
		f.report("string_type", "Input should be a valid string", f.at(name)...)
		return nil
	}
	return text
}

// texts reads a list of strings; null counts as missing where it is nullable.
func (f *form) texts(name string, nullable bool) []string {
	raw, there := f.members[name]
	if !there || nullable && !f.given(name) {
		return nil
	}
	var rows []json.RawMessage
	if json.Unmarshal(raw, &rows) != nil || rows == nil {
		f.report("list_type", "Input should be a valid list", f.at(name)...)
		return nil
	}
	out := make([]string, 0, len(rows))
	for i, row := range rows {
		var text *string
		if json.Unmarshal(row, &text) != nil || text == nil {
			f.report("string_type", "Input should be a valid string", f.at(name, i)...)
			continue
		}
		out = append(out, *text)
	}
	return out
}

// identifier reads a string member that must be a UUID.
func (f *form) identifier(name string) string {
	text := f.text(name, false)
	if text == nil {
		return ""
	}
	if !cloud.IsUUID(*text) {
		f.report("uuid_parsing", "Input should be a valid UUID", f.at(name)...)
	}
	return *text
}

// inner reads an object within the body; its issues become the form's.
func (f *form) inner(name string, known ...string) *form {
	in := &form{}
	in.object(f.members[name], f.at(name), known...)
	return in
}

func (f *form) adopt(in *form) { f.issues = append(f.issues, in.issues...) }

// integer reads an integer member with a minimum; null counts as missing where it is
// nullable.
func (f *form) integer(name string, least int, nullable bool) *int {
	raw, there := f.members[name]
	if !there || nullable && !f.given(name) {
		return nil
	}
	var n *int
	if json.Unmarshal(raw, &n) != nil || n == nil {
		f.report("int_type", "Input should be a valid integer", f.at(name)...)
		return nil
	}
	if *n < least {
		f.report("greater_than_equal", fmt.Sprintf("Input should be greater than or equal to %d", least), f.at(name)...)
		return nil
	}
	return n
}
