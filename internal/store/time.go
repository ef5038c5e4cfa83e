package store

import (
	"fmt"
	"time"
)

// timeLayout is RFC 3339 in UTC with all nine digits of a second, so that the
// text of times sorts as the times do.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

// FormatTime writes a time exactly, as it is stored and hashed: RFC 3339, UTC,
// nanoseconds. The zero time is the empty text. It fails for years that RFC
// 3339 cannot write.
func FormatTime(t time.Time) (string, error) {
	if t.IsZero() {
		return "", nil
	}
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return "", fmt.Errorf("store: year %d cannot be written", t.Year())
	}
	return t.Format(timeLayout), nil
}

// ParseTime reads exactly the form that FormatTime writes, so that every instant
// has one text only.
func ParseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(timeLayout, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("store: read time: %w", err)
	}
	if again, err := FormatTime(t); err != nil || again != text {
		return time.Time{}, fmt.Errorf("store: read time: %q is not in the stored form", text)
	}
	return t, nil
}
