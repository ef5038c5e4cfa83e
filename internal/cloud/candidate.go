package cloud

import (
	"slices"
	"strings"
	"unicode"

	"countersign/internal/spelling"
)

const (
	// maxCandidates is how many exact IDs a refusal offers.
	maxCandidates = 5
	// maxTypos is how many typos a mistyped ID may have; a short one may have fewer.
	maxTypos = 4
)

// Nearest returns, of all things that exist, the few that a wrong ID may have
// meant: things of that name first, then IDs that were mistyped, then names and
// IDs that share text with it. Where nothing resembles it, it returns all if they
// are few. Nothing is resolved: the caller shows the exact IDs and uses none.
func Nearest(given string, all []Candidate) []Candidate {
	type scored struct {
		Candidate
		score int
	}
	var near []scored
	for _, c := range all {
		if s := resemblance(given, c); s > 0 {
			near = append(near, scored{c, s})
		}
	}
	if len(near) == 0 && len(all) <= maxCandidates {
		return all
	}
	slices.SortStableFunc(near, func(a, b scored) int { return b.score - a.score })
	var out []Candidate
	for _, n := range near[:min(len(near), maxCandidates)] {
		out = append(out, n.Candidate)
	}
	return out
}

// The ways in which a candidate resembles a wrong ID, from the weakest. They are
// far enough apart for the typos that are counted between them.
const (
	sameStart = 100 * (iota + 1)
	sameWords
	withinID
	withinName
	mistyped
	sameName
)

// resemblance is higher the likelier the candidate was meant, and 0 for nothing in
// common. Case does not count.
func resemblance(given string, c Candidate) int {
	g, name, id := strings.ToLower(given), strings.ToLower(c.Name), strings.ToLower(c.ID)
	if g == "" {
		return 0
	}
	if g == name || g == id {
		return sameName
	}
	if typos, ok := spelling.Typos(g, id, min(maxTypos, len(g)/4)); ok {
		return mistyped - typos
	}
	if name != "" && (strings.Contains(name, g) || strings.Contains(g, name)) {
		return withinName
	}
	if strings.Contains(id, g) {
		return withinID
	}
	if hasWords(name, g) {
		return sameWords
	}
	if len(g) >= 8 && len(id) >= 8 && g[:8] == id[:8] {
		return sameStart
	}
	return 0
}

// hasWords reports whether all words of given stand in name, in whatever order: "8x
// h200-sxm5" has those of "h200 8x".
func hasWords(name, given string) bool {
	words, named := wordsOf(given), wordsOf(name)
	return len(words) > 0 && !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(named, word) })
}

// wordsOf splits a lower-case text into its words and numbers: "8x h200-sxm5" has
// 8x, h200 and sxm5.
func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
