package tools

import (
	"slices"
	"strings"
	"unicode"
)

// matchesModel reports whether a GPU is of the model that was asked for. Clouds
// write one model in many ways, "h100-sxm5-80gb" and "NVIDIA H100 80GB SXM": each
// word that was asked for has to be a word of the model, whatever stands between
// them and wherever words are joined ("rtx 4090", "RTX4090"). Part of a word is
// not enough: an A10 is no A100, and an H200 no GH200.
func matchesModel(asked, model string) bool {
	words, want := modelWords(model), modelWords(asked)
	for len(want) > 0 {
		n := leading(want, words)
		if n == 0 {
			return false
		}
		want = want[n:]
	}
	return true
}

// leading is how many of the first words, joined, are neighbouring words of the
// model, joined; 0 for none.
func leading(want, words []string) int {
	for n := len(want); n > 0; n-- {
		joined := strings.Join(want[:n], "")
		for from := range words {
			for to := from + 1; to <= len(words); to++ {
				if strings.Join(words[from:to], "") == joined {
					return n
				}
			}
		}
	}
	return 0
}

func modelWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// addModel adds a model to those that were seen.
func addModel(seen []string, model string) []string {
	if model == "" || slices.Contains(seen, model) || len(seen) >= maxModels {
		return seen
	}
	return append(seen, model)
}

// maxModels is how many models an answer without a match names.
const maxModels = 50
