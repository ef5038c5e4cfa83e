package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"countersign/internal/hostup"
)

// form reads a request and collects its issues. Of their codes, missing_required is
// documented and the others are [inferred].
type form struct {
	fields map[string]json.RawMessage
	issues []hostup.ProblemIssue
	// broken is true where the body is not a JSON object, absent where there is none.
	broken, absent bool
}

// readForm reads the body, which accepts the named fields only.
func readForm(r *http.Request, accepted ...string) *form {
	f := &form{fields: map[string]json.RawMessage{}}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		f.broken = true
		return f
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		f.absent = true
		return f
	}
	if err := json.Unmarshal(raw, &f.fields); err != nil || f.fields == nil {
		f.broken = true
		return f
	}
	for _, name := range slices.Sorted(maps.Keys(f.fields)) {
		if !slices.Contains(accepted, name) {
			f.report(name, "is not accepted here.", "unknown_field")
		}
	}
	return f
}

// wrong reports whether the request has issues.
func (f *form) wrong() bool { return f.broken || len(f.issues) > 0 }

func (f *form) report(name, what, code string) {
	f.issues = append(f.issues, hostup.ProblemIssue{Pointer: "/" + name, Detail: "`" + name + "` " + what, Code: code})
}

// require reports missing fields, and a missing body.
func (f *form) require(names ...string) {
	f.broken = f.broken || f.absent
	for _, name := range names {
		if _, given := f.fields[name]; !given && !f.broken {
			f.report(name, "is required.", "missing_required")
		}
	}
}

// text reads an optional field that is a string and not empty.
func (f *form) text(name string) string {
	value, given := f.fields[name]
	if !given {
		return ""
	}
	var text *string
	switch {
	case json.Unmarshal(value, &text) != nil || text == nil:
		f.report(name, "must be a string.", "invalid_type")
		return ""
	case strings.TrimSpace(*text) == "":
		f.report(name, "must not be empty.", "too_short")
	}
	return *text
}

// integer reads an optional field that is a whole number within limits.
func (f *form) integer(name string, least, most int) int {
	value, given := f.fields[name]
	if !given {
		return 0
	}
	n, err := strconv.Atoi(string(value))
	switch {
	case err != nil:
		f.report(name, "must be an integer.", "invalid_type")
	case n < least || n > most:
		f.report(name, fmt.Sprintf("must be %d to %d.", least, most), "out_of_range")
	}
	return n
}

// flag reads an optional field that is a boolean.
func (f *form) flag(name string) bool {
	value, given := f.fields[name]
	if !given {
		return false
	}
	var set *bool
	if json.Unmarshal(value, &set) != nil || set == nil {
		f.report(name, "must be a boolean.", "invalid_type")
		return false
	}
	return *set
}

// query reads a whole number within limits from the query.
func (f *form) query(r *http.Request, name string, fallback, least, most int) int {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		f.report(name, fmt.Sprintf("must be %d to %d.", least, most), "out_of_range")
	}
	return n
}
