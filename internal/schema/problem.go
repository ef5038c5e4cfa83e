package schema

import (
	"cmp"
	"slices"
	"strings"

	"countersign/internal/cloud"
)

// maxProblems is the greatest number of problems in one error.
const maxProblems = 10

// Problem is one thing that is wrong with arguments. It never has the value of an
// argument, only names of keys and what is allowed.
type Problem struct {
	// Path is the place: "voltagepark_vm.disks[0].size_gb"; empty for the arguments as a
	// whole.
	Path string
	// Message continues the path: "must be an integer, got a string".
	Message string
}

// String returns the problem in one line.
func (p Problem) String() string {
	if p.Path == "" {
		return "the arguments " + p.Message
	}
	return p.Path + ": " + p.Message
}

// Problems is the error of Decode: everything that is wrong, ordered by path, at most
// ten problems.
type Problems []Problem

// Error implements error.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "; ")
}

// ordered returns the list as it is reported: sorted, without duplicates, at most
// maxProblems.
func (ps Problems) ordered() Problems {
	out := slices.Clone(ps)
	slices.SortFunc(out, func(a, b Problem) int {
		return cmp.Or(comparePaths(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	out = slices.Compact(out)
	return out[:min(len(out), maxProblems)]
}

// comparePaths orders paths so that [2] is before [10].
func comparePaths(a, b string) int {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	indexA, _, isIndexA := strings.Cut(a[strings.LastIndexByte(a[:same], '[')+1:], "]")
	indexB, _, isIndexB := strings.Cut(b[strings.LastIndexByte(b[:same], '[')+1:], "]")
	if isIndexA && isIndexB && len(indexA) != len(indexB) && isIndex(indexA) && isIndex(indexB) {
		return cmp.Compare(len(indexA), len(indexB))
	}
	return cmp.Compare(a, b)
}

func isIndex(token string) bool {
	return token != "" && strings.Trim(token, "0123456789") == ""
}

// covers reports whether there is a problem with path already, or with a value that
// contains it or is in it.
func (ps Problems) covers(path string) bool {
	return slices.ContainsFunc(ps, func(p Problem) bool {
		return p.Path == path || isWithin(p.Path, path) || isWithin(path, p.Path)
	})
}

func isWithin(inner, outer string) bool {
	rest, ok := strings.CutPrefix(inner, outer)
	return ok && (outer == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// shownKey returns an unknown key of the caller in a form that is safe to show.
func shownKey(name string) string {
	const longest = 64
	clean, _ := cloud.Clean(name, longest)
	return cmp.Or(clean, "(unnamed)")
}
