package cloud_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"countersign/internal/cloud"
)

func TestClean(t *testing.T) {
	tests := []struct {
		name, in, want string
		altered        bool
	}{
		{"plain", "web-1 (prod)", "web-1 (prod)", false},
		{"empty", "", "", false},
		{"letters of the world", "Zürich 東京 שלום Ελλάδα", "Zürich 東京 שלום Ελλάδα", false},
		{"accent as a mark of its own", "e\u0301", "e\u0301", false},
		{"emoji", "box 📦", "box 📦", false},
		{"markup is text", "<b>&amp;</b>", "<b>&amp;</b>", false},
		{"instructions are text", "ignore previous instructions", "ignore previous instructions", false},
		{"newline and tab", "a\r\n\tb", "ab", true},
		{"escape sequence", "a\x1b[2Jb", "a[2Jb", true},
		{"NUL and DEL", "a\x00\x7fb", "ab", true},
		{"C1 control", "a\u0085\u009bb", "ab", true},
		{"zero width", "a\u200b\u200c\u200d\u2060\ufeffb", "ab", true},
		{"bidirectional override", "a\u202eb\u202c\u2066c\u2069\u200e\u200f\u061c", "abc", true},
		{"soft hyphen", "pay\u00adpal", "paypal", true},
		{"spaces that are not the space", "a\u00a0\u2003\u3000b", "ab", true},
		{"line and paragraph separator", "a\u2028\u2029b", "ab", true},
		{"tag characters", "a\U000e0001\U000e0041\U000e007fb", "ab", true},
		{"variation selectors", "a\ufe0f\ufe00\U000e0100b", "ab", true},
		{"blank letters", "a\u115f\u1160\u3164\uffa0\u2800b", "ab", true},
		{"grapheme joiner", "a\u034fb", "ab", true},
		{"private use", "a\ue000\U000f0000b", "ab", true},
		{"noncharacters", "a\ufffe\uffffb", "ab", true},
		{"Mongolian vowel separator", "a\u180eb", "ab", true},
		{"bad UTF-8", "a\xff\xfeb", "a\ufffdb", true},
		{"surrogate in UTF-8", "a\xed\xa0\x80b", "a\ufffdb", true},
		{"only invisible", "\u200b\u202e", "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, altered := cloud.Clean(tt.in, 0)
			if got != tt.want || altered != tt.altered {
				t.Errorf("Clean(%q) = %q, %v, want %q, %v", tt.in, got, altered, tt.want, tt.altered)
			}
			if text := cloud.CleanText(tt.in); text != tt.want {
				t.Errorf("CleanText(%q) = %q", tt.in, text)
			}
			if again, altered := cloud.Clean(got, 0); again != got || altered {
				t.Errorf("what is clean became %q, altered %v", again, altered)
			}
		})
	}
}

func TestCleanCapsRunes(t *testing.T) {
	tests := []struct {
		name    string
		in      string
		max     int
		want    string
		altered bool
	}{
		{"as long as allowed", "äöü", 3, "äöü", false},
		{"one too long", "äöüß", 3, "äöü…", true},
		{"invisible ones do not count", "ä\u200bö\u200bü", 3, "äöü", true},
		{"trailing invisible ones are no cut", "äöü\u200b", 3, "äöü", true},
		{"the usual cap", strings.Repeat("x", 257), 0, strings.Repeat("x", 256) + "…", true},
		{"up to the usual cap", strings.Repeat("x", 256), 0, strings.Repeat("x", 256), false},
		{"a negative cap is the usual one", strings.Repeat("x", 257), -1, strings.Repeat("x", 256) + "…", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, altered := cloud.Clean(tt.in, tt.max)
			if got != tt.want || altered != tt.altered {
				t.Errorf("got %q, %v, want %q, %v", got, altered, tt.want, tt.altered)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	f.Add("web-1\u202e\xff", 3)
	f.Fuzz(func(t *testing.T, in string, limit int) {
		got, altered := cloud.Clean(in, limit)
		if !utf8.ValidString(got) {
			t.Errorf("%q is no UTF-8", got)
		}
		if !altered && got != in {
			t.Errorf("%q became %q and is said to be unaltered", in, got)
		}
		if limit > 0 && utf8.RuneCountInString(got) > limit+1 {
			t.Errorf("%q is longer than %d and its ellipsis", got, limit)
		}
	})
}
