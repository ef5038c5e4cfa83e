package guard_test

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
)

// TestTheRuleIsNamed checks that the question, the agent's result and the audit name the
// operator's rule that asked or refused, and why no form was shown.
func TestTheRuleIsNamed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, rules string
		asked       string   // the note of the question
		says        []string // further texts of the result
		noForm      bool
	}{
		{"ask", "rules:\n  - {name: dear calls, when: {tool: act}, then: ask, reason: it may be dear}\n", `asked by rule "dear calls": it may be dear.`, nil, false},
		{"human", "rules:\n  - {name: people, when: {tool: act}, then: human, reason: only people}\n", `asked by rule "people": only people.`, []string{"No form was shown: the rules want a person beside the client"}, true},
		{"caller, no name, no reason", "rules:\n  - {when: {tool: act}, then: caller}\n", "asked by rule 1", []string{"No form was shown: the rules let the caller confirm it"}, true},
		{"a preset", "rules: []\n", "", nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			story(t, func(t *testing.T, w *world) {
				w.cloud.add(one())
				w.restart(rules(t, test.rules))
				text := ""
				if test.noForm {
					answer := w.call(stopOne, saying(guard.Answer{Action: guard.Accept}, 2*time.Second)).want(t, "approval_required")
					text = answer.Text
					again := w.call(stopOne, saying(guard.Answer{Action: guard.Accept}, 2*time.Second)).want(t, "approval_required")
					if again.Text != text {
						t.Errorf("said again as %q", again.Text)
					}
				} else {
					text = w.call(stopOne).want(t, "approval_required").Text
				}
				op := w.op(w.call(stopOne).operation())
				q, err := w.desk().Question(t.Context(), op)
				if err != nil {
					t.Fatal(err)
				}
				records, err := w.store.RecordsOf(t.Context(), op.ID)
				if err != nil {
					t.Fatal(err)
				}
				if test.asked == "" {
					if strings.Contains(text+q.Text+string(records[0].Body), "asked by") {
						t.Errorf("a preset is named: %s", text)
					}
					return
				}
				recorded := `"reason":"` + strings.ReplaceAll(test.asked, `"`, `\"`) + `"`
				if !strings.Contains(text, "  - "+test.asked+"\n") || !strings.Contains(q.Text, "  - "+test.asked+"\n") || !strings.Contains(string(records[0].Body), recorded) {
					t.Errorf("the result %q, the question %q, the record %s", text, q.Text, records[0].Body)
				}
				for _, say := range test.says {
					if !strings.Contains(text, say) {
						t.Errorf("the result does not say %q: %q", say, text)
					}
				}
				w.approve(op.ID)
				w.call(stopOne).want(t, "done")
			})
		})
	}
}

// TestTheRefusingRuleIsNamed checks refusals by the operator's own rules.
func TestTheRefusingRuleIsNamed(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"{name: nights, when: {tool: act}, then: deny, reason: nobody stops anything at night}": `nobody stops anything at night. (rule "nights")`,
		"{name: nights, when: {tool: act}, then: deny}":                                         "This is what rule 1 (nights) of this server says.",
	} {
		story(t, func(t *testing.T, w *world) {
			w.cloud.add(one())
			w.restart(rules(t, "rules:\n  - "+rule+"\n"))
			answer := w.call(stopOne).want(t, "error forbidden")
			if answer.err.Message != want {
				t.Errorf("it says %q, want %q", answer.err.Message, want)
			}
			var recorded []store.Record
			if err := w.store.Records(t.Context(), 0, func(r store.Record) bool { recorded = append(recorded, r); return true }); err != nil {
				t.Fatal(err)
			}
			if last := recorded[len(recorded)-1]; last.Kind != "forbidden" || !strings.Contains(string(last.Body), strings.ReplaceAll(want, `"`, `\"`)) {
				t.Errorf("recorded as %s %s", last.Kind, last.Body)
			}
		})
	}
}
