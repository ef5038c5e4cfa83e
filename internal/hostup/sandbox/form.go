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

// form reads a request and gathers what is wrong with it. Of the issues' codes,
// missing_required is documented and the others are [inferred].
type form struct {
	fields map[string]json.RawMessage
	issues []hostup.ProblemIssue
	// broken says that the body is no JSON object; absent, that there is none.
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

// wrong reports whether the request is to be refused.
func (f *form) wrong() bool { return f.broken || len(f.issues) > 0 }

func (f *form) report(name, what, code string) {
	f.issues = append(f.issues, hostup.ProblemIssue{Pointer: "/" + name, Detail: "`" + name + "` " + what, Code: code})
}

// require reports fields that are missing from a body, and a body that is.
func (f *form) require(names ...string) {
	f.broken = f.broken || f.absent
	for _, name := range names {
		if _, given := f.fields[name]; !given && !f.broken {
			f.report(name, "is required.", "missing_required")
		}
	}
}

// text reads a field that is a string with something in it, where it is given.
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

// integer reads a field that is a whole number within limits, where it is given.
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

// flag reads a field that is a boolean, where it is given.
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

// query reads a whole number of the query within limits.
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
