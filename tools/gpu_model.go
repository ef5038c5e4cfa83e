package tools

import (
	"slices"
	"strings"
	"unicode"
)

// matchesModel reports whether a GPU is of the requested model. Clouds write the
// same model in many ways, such as "h100-sxm5-80gb" and "NVIDIA H100 80GB SXM".
// Each requested word has to be a word of the model; other words may stand between
// them, and words may be joined ("rtx 4090", "RTX4090"). A part of a word does not
// match: an A10 is not an A100, and an H200 is not a GH200.
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

// leading returns how many of the first requested words, joined, equal adjacent
// words of the model, joined; 0 for none.
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

// addModel adds a model without duplicates.
func addModel(seen []string, model string) []string {
	if model == "" || slices.Contains(seen, model) || len(seen) >= maxModels {
		return seen
	}
	return append(seen, model)
}

// maxModels bounds the models that a result without a match names.
const maxModels = 50
