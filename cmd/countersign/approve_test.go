package main

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/store"
)

// TestAnOldQuestionWarns checks from when on a person is told that what a question
// shows is old.
func TestAnOldQuestionWarns(t *testing.T) {
	now := time.Now()
	for old, want := range map[time.Duration]string{2 * time.Minute: "", 5 * time.Minute: "asked 5 min ago"} {
		got := ageWarning(store.Operation{CreatedAt: now.Add(-old)}, now)
		if !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: %q", old, got)
		}
	}
}
