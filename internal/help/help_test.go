package help_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/internal/help"
)

// TestTopics pins that every topic has a heading and a text.
func TestTopics(t *testing.T) {
	t.Parallel()
	topics := help.Topics()
	if len(topics) == 0 || !slices.IsSorted(topics) {
		t.Fatalf("topics %v", topics)
	}
	for _, name := range topics {
		text, err := help.Topic(name)
		if err != nil || !strings.HasPrefix(text, "# ") || len(strings.Fields(text)) < 20 {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
}

// TestUnknownTopic pins that the error for an unknown topic lists the topics, and that
// the name of a topic is not used as a path.
func TestUnknownTopic(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"aprovals", "", "../help", "approvals.md", "/etc/passwd"} {
		_, err := help.Topic(name)
		if err == nil || !strings.Contains(err.Error(), strings.Join(help.Topics(), ", ")) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
