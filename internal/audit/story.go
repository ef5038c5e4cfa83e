package audit

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/record"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// Teller describes records in sentences.
type Teller struct {
	// Plan renders a plan as it was shown.
	Plan func(p tool.Plan, marker string) string
	Zone *time.Location
}

// Tell writes one paragraph per record, in their order.
func (t Teller) Tell(w io.Writer, records []store.Record) error {
	for _, r := range records {
		var b strings.Builder
		t.tell(&b, r)
		if _, err := io.WriteString(w, b.String()); err != nil {
			return err
		}
	}
	return nil
}

func (t Teller) tell(b *strings.Builder, r store.Record) {
	body, more := ReadBody(r)
	fmt.Fprintf(b, "%s  %s  (record %d)\n", r.At.In(t.Zone).Format("2006-01-02 15:04:05 MST"), sentence(r, body), r.Seq)
	if body.Shown != nil {
		t.shown(b, body)
	}
	if store.Vouched(r) != nil {
		delete(more, "base")
	}
	results(b, body)
	names := make([]string, 0, len(more))
	for name := range more {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		indent(b, oneLine(name)+": "+value(more[name]))
	}
}

// sentence describes a record. Texts of others are cleaned, and those of vendors are
// quoted.
func sentence(r store.Record, b Body) string {
	switch r.Kind {
	case record.Asked:
		return fmt.Sprintf("Asked for by %s: %s%s. The question went to %s%s%s.", oneLine(b.Principal), call(b), effect(b), road(b.Road, ""), needs(b), because(b.Reason))
	case record.Allowed:
		return fmt.Sprintf("Asked for by %s: %s%s. The rules let it pass without a person%s.", oneLine(b.Principal), call(b), effect(b), because(b.Reason))
	case record.Forbidden:
		if b.Repeats > 0 {
			return repeated(b)
		}
		return fmt.Sprintf("Asked for by %s: %s%s. The rules forbid it%s.", oneLine(b.Principal), call(b), effect(b), because(b.Reason))
	case record.Drawn:
		return fmt.Sprintf("Asked for by %s: %s%s. It was drawn from the standing grant %s%s.", oneLine(b.Principal), call(b), effect(b), oneLine(b.Grant), because(b.Reason))
	case record.Granted:
		return "From here on a standing grant holds: " + oneLine(b.Grant) + because(b.Reason) + "."
	case record.Revoked:
		return "The standing grant " + oneLine(b.Grant) + " was taken back by " + answered(b) + because(b.Reason) + "."
	case record.Approved:
		return "Approved by " + answered(b) + because(b.Reason) + "."
	case record.Denied:
		return "Denied by " + answered(b) + because(b.Reason) + "."
	case record.NoAnswer:
		return "No answer on the road of " + answered(b) + because(b.Reason) + "."
	case record.Expired:
		return "Lapsed" + because(b.Reason) + ": nobody answered in time, or the approval was not used."
	case record.Withdrawn:
		return "Withdrawn" + because(b.Reason) + ". Nothing was sent."
	case record.Drifted:
		return "Not carried out: things had changed since the approval" + because(b.Reason) + "."
	case record.Sent:
		return "The approval was spent and the request sent" + marked(b.Marker) + "."
	case record.Running:
		return "The cloud accepted it and goes on with it."
	case record.Done:
		return "Carried out."
	case record.Failed:
		return "Certainly not carried out."
	case record.Unknown:
		return "The answer was lost: it is not known whether it was carried out" + because(b.Reason) + "."
	case record.Unclear:
		return "The cloud was asked what became of it and could not tell" + because(b.Reason) + "."
	case record.Settled:
		return "What became of it was found out" + because(b.Reason) + "."
	case record.Delivered:
		return "The result, or the refusal, reached the client."
	case record.Closed:
		return "Closed by the word of " + answered(b) + ": " + oneLine(b.Said) + checked(b) + because(b.Reason) + "."
	case store.RecordCompacted:
		return compacted(r, b)
	}
	if change, ok := strings.CutPrefix(r.Kind, "pin_"); ok {
		return pin(r.Kind, change, b)
	}
	return other(r, b)
}

// repeated describes refused calls that were counted and not recorded one by one.
func repeated(b Body) string {
	what := call(b) + effect(b)
	if b.Tool == "" {
		what = "calls of other kinds"
	}
	return fmt.Sprintf("Asked for by %s: %s, %d more in that minute. The rules forbid them%s.", oneLine(b.Principal), what, b.Repeats, because(b.Reason))
}

// checked adds that a person's report was not verified with the cloud, or not confirmed by it.
func checked(b Body) string {
	if b.Checked == nil || *b.Checked {
		return ""
	}
	return ", which no cloud bears out"
}

// pin describes a record about the approver's PIN.
func pin(kind, change string, b Body) string {
	text := "The approver's PIN was " + oneLine(change) + " by " + answered(b)
	switch kind {
	case record.PINRight:
		text = "The approver's PIN was typed by " + answered(b)
	case record.PINWrong:
		text = "A wrong approver's PIN was typed by " + answered(b)
	}
	if b.Carried != nil {
		text += fmt.Sprintf("; this stood in record %d, which was compacted away", b.Carried.Seq)
	}
	return text + because(b.Reason) + "."
}

// other describes a record of an unknown kind by its fields.
func other(r store.Record, b Body) string {
	text := "Noted as " + strconv.Quote(oneLine(r.Kind))
	if b.By != "" || b.Road != "" {
		text += " by " + answered(b)
	}
	if b.Summary != "" && b.Shown == nil {
		text += ": " + oneLine(b.Summary)
	}
	return text + because(b.Reason) + "."
}

func compacted(r store.Record, b Body) string {
	base := store.Vouched(r)
	if base == nil {
		return other(r, b)
	}
	return fmt.Sprintf("The records up to %d, %d in all, were removed by %s. The last of them was written at %s and has the hash %s.",
		base.Seq, base.Count, answered(b), base.At.UTC().Format(time.RFC3339), oneLine(base.Hash))
}

// needs says whose approval the rules required, where not just anybody's.
func needs(b Body) string {
	switch b.Needs {
	case "", "ask":
		return ""
	case "human":
		return "; the rules want the yes of a person beside the client"
	}
	return "; the rules want the yes of: " + oneLine(b.Needs)
}

func call(b Body) string {
	if b.Account == "" {
		return oneLine(b.Tool)
	}
	return oneLine(b.Tool) + " on " + oneLine(b.Account)
}

func effect(b Body) string {
	if b.Effect == "" {
		return ""
	}
	return " (effect: " + oneLine(b.Effect) + ")"
}

// answered says who answered, by which road, at which terminal and after how long.
func answered(b Body) string {
	text := oneLine(b.By)
	if text == "" {
		text = "somebody"
	}
	switch {
	case b.Road == "terminal" && b.Terminal == "":
		text += " by a command in no terminal" // a denial needs no terminal
	case b.Road != "":
		text += " by " + road(b.Road, b.Terminal)
	}
	if b.Seconds != nil {
		text += " after " + strconv.FormatFloat(*b.Seconds, 'f', 1, 64) + " s"
	}
	return text
}

func road(name, terminal string) string {
	switch {
	case name == "":
		return "a road that is not told"
	case name == "form":
		return "the client's form"
	case name == "terminal" && terminal != "":
		return "the terminal " + oneLine(terminal)
	case name == "terminal":
		return "a terminal"
	}
	if terminal != "" {
		return oneLine(name) + " " + oneLine(terminal)
	}
	return oneLine(name)
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + oneLine(reason) + ")"
}

func marked(marker string) string {
	if marker == "" {
		return ""
	}
	return ", marked " + oneLine(marker)
}

// shown writes the plan as a person saw it.
func (t Teller) shown(b *strings.Builder, body Body) {
	s := body.Shown
	var effects []tool.Effect
	if highest := tool.Effect(0); highest.UnmarshalText([]byte(body.Effect)) == nil {
		effects = []tool.Effect{highest} // only the highest is recorded
	}
	text := t.Plan(tool.Plan{
		Summary: body.Summary, Effects: effects, Targets: s.Targets, Facts: s.Facts, Changes: s.Changes, Cost: s.Cost,
		Budget: s.Budget, Grant: s.Grant, Opens: s.Opens, Consequences: s.Consequences, Notes: s.Notes, Marks: body.Marker != "",
	}, body.Marker)
	for text := range strings.Lines(text) {
		indent(b, strings.TrimRight(text, "\n"))
	}
	for _, a := range s.Attachments {
		indent(b, oneLine(a.Title)+": shown whole; SHA-256 "+oneLine(a.SHA256))
	}
}

// results writes the result, the jobs and the failure of a call.
func results(b *strings.Builder, body Body) {
	if body.Shown == nil && body.PlanDigest != "" && body.Summary != "" {
		indent(b, "It was: "+oneLine(body.Summary))
	}
	if r := body.Result; r != nil {
		if r.Summary != "" {
			indent(b, oneLine(r.Summary))
		}
		for _, id := range r.IDs {
			indent(b, oneLine(id.Kind)+" "+oneLine(id.ID))
		}
		jobs(b, r.Jobs)
	}
	for _, id := range body.Possible {
		indent(b, "may be it: "+oneLine(id))
	}
	jobs(b, body.Parts)
	if f := body.Failure; f != nil {
		indent(b, oneLine(f.Code)+": "+oneLine(f.Message))
		if f.VendorMessage != "" || f.VendorCode != "" {
			indent(b, strings.TrimSpace("the cloud's words: "+oneLine(f.VendorCode)+" "+strconv.Quote(oneLine(f.VendorMessage))))
		}
		if f.RequestID != "" {
			indent(b, "the cloud's request: "+oneLine(f.RequestID))
		}
	}
}

func jobs(b *strings.Builder, all []cloud.Job) {
	for _, j := range all {
		text := fmt.Sprintf("job %s: %s", oneLine(string(j.ID)), oneLine(string(j.State)))
		if j.MadeID != "" {
			text += ", " + oneLine(j.MadeID)
		}
		if j.Message != "" {
			text += ", " + strconv.Quote(oneLine(j.Message))
		}
		indent(b, text)
	}
}

func indent(b *strings.Builder, text string) {
	b.WriteString(strings.TrimRight("    "+text, " ") + "\n")
}

// value renders a member that Body does not know.
func value(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return oneLine(text)
	}
	return oneLine(string(raw))
}

// longest is the length at which a text is cut, in runes.
const longest = 4096

// oneLine removes line breaks and control characters from a text, so that it cannot
// control a terminal.
func oneLine(text string) string {
	clean, _ := cloud.Clean(text, longest)
	return clean
}

// Row renders a record as one row of a table, its columns separated by tabs.
func Row(r store.Record, zone *time.Location) string {
	b, _ := ReadBody(r)
	what := b.Summary
	switch {
	case isAnswer(r.Kind) && b.By != "" || r.Kind == record.NoAnswer || r.Kind == store.RecordCompacted:
		what = answered(b)
		what += because(b.Reason)
	case r.Kind == "forbidden":
		what += because(b.Reason)
	case b.Failure != nil:
		what = b.Failure.Code + ": " + b.Failure.Message
	case b.Result != nil && b.Result.Summary != "":
		what = b.Result.Summary
	case what == "":
		what = b.Reason
	}
	return strings.Join([]string{
		strconv.FormatInt(r.Seq, 10), r.At.In(zone).Format("2006-01-02 15:04:05 MST"), dash(r.Operation), oneLine(r.Kind), dash(b.Principal), dash(b.Account), dash(b.Tool), oneLine(what),
	}, "\t")
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return oneLine(text)
}
