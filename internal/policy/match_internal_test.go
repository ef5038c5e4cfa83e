package policy

import "testing"

// TestFold checks which differences are ignored, and which are not.
func TestFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"PROD-1": "prod-1", "ｐｒｏｄ": "prod", "𝐩𝒓𝓸𝔡": "prod", "ﬁle": "file", "é": "e", "e\u0301": "e", "İ": "i", "ß": "ss", "ſ": "s", "K": "k",
		"p\u200brod": "prod", "pro\u00add": "prod", "\u202eprod": "prod", "prod\u0000": "prod", "p\ufe0frod": "prod",
		"авсԁеһіјкӏмноԛрѕтуѵԝхґг": "abcdehijklmhoqpstyvwxrr", "АВСЕНІЈКМОРЅТХ": "abcehijkmopstx", "αβεηικνορτυχω": "abenikvoptuxw", "ΑΒΕΗΙΚΝΟΡΤΥΧ": "abenikvoptux",
		"a–b—c‐d‑e−f": "a-b-c-d-e-f", "…": "...",
		// Differences that are not ignored.
		"0O1l": "0o1l", "rn": "rn", "生产": "生产", "prod_1": "prod_1", "a b": "a b",
	} {
		if got := fold(text); got != want {
			t.Errorf("%q folds to %q, want %q", text, got, want)
		}
		if once := fold(text); fold(once) != once {
			t.Errorf("%q: folding twice gives %q", text, fold(once))
		}
	}
}

// TestLookAlikes pins that a name which a person could take for another is matched like
// the other, whichever letters it is made of.
func TestLookAlikes(t *testing.T) {
	t.Parallel()
	for pattern, texts := range map[string][]string{
		"node-*": {"node-1", "NODE-1", "nоde-1", "Νode-1", "ΝΟDE-1", "Nοde-1"}, "host-*": {"Ηost-1"}, "main-*": {"Μain-1"}, "zone-*": {"Ζone-1", "ΖΟΝΕ-1"}, "yard-*": {"Υard-1"},
		"νοδε-*": {"ΝΟΔΕ-1", "νοδε-1"}, "Νode-*": {"node-1", "Νode-1"}, "vode-*": {"νode-1"},
	} {
		for _, text := range texts {
			if !looksLikeAny([]string{pattern}, text) {
				t.Errorf("%q does not match %q", text, pattern)
			}
		}
	}
	for _, text := range []string{"lode-1", "Δode-1"} {
		if looksLikeAny([]string{"node-*"}, text) {
			t.Errorf("%q matches node-*", text)
		}
	}
	if !looksLikeAny([]string{"node-main-1"}, "Νode-ma…") {
		t.Error("the beginning of a name that was cut off does not match")
	}
}
