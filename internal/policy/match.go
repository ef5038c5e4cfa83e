package policy

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// glob reports whether a text matches a pattern: * stands for any run of
// characters, ? for one.
func glob(pattern, text string) bool {
	at := match(pattern, text)
	return len(at) > 0 && at[len(at)-1]
}

// begins reports whether a text could be the beginning of one that matches.
func begins(pattern, text string) bool {
	for _, here := range match(pattern, text) {
		if here {
			return true
		}
	}
	return false
}

// match simulates the pattern as a state machine. It returns, for each position in the
// pattern, whether it can be reached by consuming all of the text.
func match(pattern, text string) []bool {
	p := []rune(pattern)
	at := make([]bool, len(p)+1)
	at[0] = true
	skip(p, at)
	for _, r := range text {
		next := make([]bool, len(p)+1)
		for i, here := range at[:len(p)] {
			switch {
			case !here:
			case p[i] == '*':
				next[i] = true
			case p[i] == '?' || p[i] == r:
				next[i+1] = true
			}
		}
		at = next
		skip(p, at)
	}
	return at
}

// skip also marks the positions behind stars, which may match nothing.
func skip(p []rune, at []bool) {
	for i, r := range p {
		if at[i] && r == '*' {
			at[i+1] = true
		}
	}
}

// matchesAll reports whether a pattern matches every text.
func matchesAll(pattern string) bool { return strings.Trim(pattern, "*") == "" }

// looksLikeAny reports whether a text matches a pattern, or looks to a person like one that
// does. A truncated text matches if any continuation of it would.
func looksLikeAny(patterns []string, text string) bool {
	const cut = "…"
	start, short := strings.CutSuffix(text, cut)
	for _, p := range patterns {
		if glob(p, text) {
			return true
		}
		for _, like := range readings(p) {
			reads := func(text string) bool { return glob(like, text) }
			starts := func(text string) bool { return begins(like, text) }
			if slices.ContainsFunc(readings(text), reads) || short && slices.ContainsFunc(readings(start), starts) {
				return true
			}
		}
	}
	return false
}

// readings are the ways in which a person could read a text. A Greek capital looks like
// another Latin letter than the small one that case folding makes of it: a capital nu
// like an N, a small one like a v.
func readings(text string) []string {
	return []string{fold(text), fold(strings.Map(latinCapital, norm.NFKD.String(text)))}
}

// latinCapital returns the Latin letter that a Greek capital looks like.
func latinCapital(r rune) rune {
	const (
		others = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
		looks  = "ABEZHIKMNOPTYX"
	)
	for i, other := range []rune(others) {
		if r == other {
			return rune(looks[i])
		}
	}
	return r
}

// fold removes differences that people overlook: case, compatibility forms such as
// full-width and mathematical letters, accents, invisible characters, and Cyrillic and Greek
// letters that look like Latin ones. It does not unify digits and letters (0 and O, 1 and l)
// or letter pairs (rn and m), and does not handle other scripts.
func fold(text string) string {
	folded := cases.Fold().String(norm.NFKD.String(text))
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc) {
			return -1
		}
		return latin(r)
	}, norm.NFKD.String(folded))
}

// latin returns the Latin letter that a folded letter looks like, or the letter itself.
func latin(r rune) rune {
	const (
		others = "авсԁеһіјкӏмноԛрѕтуѵԝхґг" + "αβεηικνορτυχω" + "ıɡ" + "–—‐‑−"
		looks  = "abcdehijklmhoqpstyvwxrr" + "abenikvoptuxw" + "ig" + "-----"
	)
	for i, other := range []rune(others) {
		if r == other {
			return rune(looks[i])
		}
	}
	return r
}
