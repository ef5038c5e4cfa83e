package cloud

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is the greatest length of a vendor's text in a field, in runes.
const maxText = 256

// Clean makes a vendor's text safe to show: it removes control and invisible characters,
// replaces bad UTF-8 and cuts the text at max runes (maxText when max is 0). altered
// says that the text was changed.
func Clean(s string, max int) (clean string, altered bool) {
	if max <= 0 {
		max = maxText
	}
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		if !visible(r) {
			altered = true
			continue
		}
		if n == max {
			b.WriteString("…")
			return b.String(), true
		}
		b.WriteRune(r)
		n++
	}
	return b.String(), altered || !utf8.ValidString(s)
}

// CleanText is Clean without the report of a change.
func CleanText(s string) string {
	clean, _ := Clean(s, 0)
	return clean
}

// visible reports whether a rune is visible: not a control, a bidirectional override, a
// zero-width or tag character, nor a space other than the plain one.
func visible(r rune) bool {
	if r == ' ' {
		return true
	}
	if !unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r) {
		return false
	}
	switch {
	case r == '\u115F', r == '\u1160', r == '\u3164', r == '\uFFA0', r == '\u2800':
		return false // blank letters
	case r >= '\uFE00' && r <= '\uFE0F', r >= 0xE0100 && r <= 0xE01EF, r == '\u034F':
		return false // variation selectors, combining grapheme joiner
	}
	return true
}
