package voltagepark

import (
	"slices"
	"strings"

	"countersign/internal/cloud"
)

const (
	// maxCandidates is how many IDs an unknown one is answered with.
	maxCandidates = 10
	// maxTypos is how many characters an ID may be off to be near another.
	maxTypos = 4
)

// nearest returns what an unknown ID may have meant, likeliest first: things
// whose ID is a few characters away, or whose name has words of it. It only
// tells; nothing is resolved.
func nearest(want string, all []cloud.Candidate) []cloud.Candidate {
	want = strings.ToLower(want)
	words := wordsOf(want)
	score := func(c cloud.Candidate) int {
		if typos := editDistance(want, strings.ToLower(c.ID)); typos <= maxTypos {
			return 100 - typos
		}
		name := wordsOf(strings.ToLower(c.Name))
		matches := 0
		for _, word := range words {
			if slices.Contains(name, word) {
				matches++
			}
		}
		return matches
	}
	near := slices.DeleteFunc(slices.Clone(all), func(c cloud.Candidate) bool { return score(c) == 0 })
	slices.SortStableFunc(near, func(a, b cloud.Candidate) int { return score(b) - score(a) })
	return near[:min(len(near), maxCandidates)]
}

// nearestOrAny is nearest for short lists that are worth showing when nothing
// is near.
func nearestOrAny(want string, all []cloud.Candidate) []cloud.Candidate {
	if near := nearest(want, all); len(near) > 0 {
		return near
	}
	return all[:min(len(all), maxCandidates)]
}

// wordsOf splits a lower-case text into its words and numbers: "8x h100-sxm5"
// has 8x, h100 and sxm5.
func wordsOf(s string) []string {
	words := strings.FieldsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return slices.DeleteFunc(words, func(word string) bool { return len(word) < 2 })
}

// editDistance counts the characters to insert, delete or change to turn a into
// b. Texts whose lengths differ by more than maxTypos are not compared.
func editDistance(a, b string) int {
	if d := len(a) - len(b); d > maxTypos || d < -maxTypos {
		return maxTypos + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
