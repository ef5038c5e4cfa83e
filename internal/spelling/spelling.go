// Package spelling finds the word that a misspelt one most likely meant. It must
// never know what the words are for.
package spelling

import (
	"strings"
	"unicode/utf8"
)

// longest is the length in bytes of a word that is still worth comparing.
const longest = 64

// Nearest is the candidate that a misspelt word most likely meant, or nothing
// where none is near. Case, hyphens and underscores do not count, so that
// datacenterId finds datacenter_id.
func Nearest(word string, candidates []string) string {
	if len(word) > longest {
		return ""
	}
	folded := fold(word)
	best, bestDistance := "", max(1, len(folded)/3)+1
	for _, c := range candidates {
		if d := distance(folded, fold(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// Typos returns how many letters have to be inserted, deleted, replaced or
// swapped with their neighbour to turn one word into the other. It is not ok where
// they are more than most, or where a word is too long to be compared.
func Typos(a, b string, most int) (typos int, ok bool) {
	if len(a) > longest || len(b) > longest {
		return 0, false
	}
	if d := utf8.RuneCountInString(a) - utf8.RuneCountInString(b); d > most || d < -most {
		return 0, false // cheaper than the distance, which can only be larger
	}
	if typos = distance(a, b); typos > most {
		return 0, false
	}
	return typos, true
}

func fold(word string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(word))
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to turn one word into the other.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, row := []int(nil), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			replace := last[j-1]
			if x[i-1] != y[j-1] {
				replace++
			}
			row[j] = min(last[j]+1, row[j-1]+1, replace)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, make([]int, len(y)+1)
	}
	return last[len(y)]
}
