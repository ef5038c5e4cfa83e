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
