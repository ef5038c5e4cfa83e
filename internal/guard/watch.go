package guard

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/spend"
	"countersign/internal/store"
)

// Watch reads what those who watch over a server want to know of the state: of all
// processes that share it, because people answer in others than those that serve. It
// names no one and nothing.
type Watch struct {
	Store store.Store
	Now   func() time.Time
}

// The answers beside those of store.State that an operation comes to.
const (
	// answerAllowed: nobody had to be asked.
	answerAllowed = "allowed"
	// answerForbidden: the rules, a cap or a scope said no.
	answerForbidden = "forbidden"
	// answerTooFast: a form was answered faster than a person can read.
	answerTooFast = "too_fast"
	// answerLapsed: nobody answered.
	answerLapsed = "lapsed"
)

// Happened is what one record of the audit says.
type Happened struct {
	// State is the one that an operation has come into; empty where it says of none.
	State store.State
	// Answer is what came of a question, and Road the road on which; empty where it
	// says nothing of one, or nobody answered.
	Answer, Road string
	// Waited is how many seconds the answer took; nil where there was none to wait for.
	Waited *float64
}

// AnswersByRoad lists what Happened.Answer can be on each road; the road is empty where
// nobody answered.
func AnswersByRoad() map[string][]string {
	people := []string{string(store.Approved), string(store.Denied), answerTooFast}
	return map[string][]string{
		roadForm: people, RoadTerminal: people, roadCaller: {string(store.Approved)},
		roadGrant: {answerAllowed}, roadPolicy: {answerAllowed, answerForbidden},
		"": {answerLapsed, string(store.Withdrawn)},
	}
}

// Head is the number of the last record there is.
func (w Watch) Head(ctx context.Context) (int64, error) {
	var head int64
	err := w.Store.ReadAudit(ctx, func(s store.Snapshot) error {
		if s.Head != nil {
			head = s.Head.Seq
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("watch: %w", err)
	}
	return head, nil
}

// Since tells what happened after a record, and the number of the last one.
func (w Watch) Since(ctx context.Context, after int64, yield func(Happened)) (last int64, err error) {
	err = w.Store.Records(ctx, after, func(r store.Record) bool {
		after = r.Seq
		if h := happened(r); h != (Happened{}) {
			yield(h)
		}
		return true
	})
	if err != nil {
		return after, fmt.Errorf("watch: %w", err)
	}
	return after, nil
}

// happened reads a record. What cannot be read says nothing but its kind.
func happened(r store.Record) Happened {
	var b recordBody
	if json.Unmarshal(r.Body, &b) != nil {
		b = recordBody{}
	}
	switch r.Kind {
	case recordAsked:
		return Happened{State: store.Waiting}
	case recordApproved:
		return Happened{State: store.Approved, Answer: string(store.Approved), Road: b.Road, Waited: b.Seconds}
	case recordDenied:
		return Happened{State: store.Denied, Answer: string(store.Denied), Road: b.Road, Waited: b.Seconds}
	case recordNoAnswer:
		return Happened{Answer: answerTooFast, Road: b.Road, Waited: b.Seconds}
	case recordAllowed, recordDrawn:
		return Happened{Answer: answerAllowed, Road: b.Road}
	case recordForbidden:
		return Happened{Answer: answerForbidden, Road: roadPolicy}
	case recordExpired:
		if b.unusedFrom(store.Approved) {
			return Happened{State: store.Expired} // it was answered, and not used
		}
		return Happened{State: store.Expired, Answer: answerLapsed}
	case recordWithdrawn:
		if b.unusedFrom(store.Waiting) {
			return Happened{State: store.Withdrawn, Answer: string(store.Withdrawn)}
		}
		return Happened{State: store.Withdrawn}
	}
	return Happened{State: cameTo(r.Kind, b)}
}

// unused records from which state an operation ended without being used.
func unused(from store.State) func(*recordBody) {
	return func(b *recordBody) { b.From, b.Reason = from, reasonFrom(from) }
}

// unusedFrom reports whether an operation ended from a state without being used.
func (b recordBody) unusedFrom(state store.State) bool {
	if b.From == "" {
		return b.Reason == reasonFrom(state) // a record of an earlier version
	}
	return b.From == state
}

func reasonFrom(state store.State) string { return "from " + string(state) }

// cameTo is the state that an operation comes into by a record of what was sent.
func cameTo(kind string, b recordBody) store.State {
	switch kind {
	case recordSent:
		return store.Executing
	case recordRunning:
		return store.Running
	case recordUnknown:
		return store.Unknown
	case recordDone:
		return store.Done
	case recordFailed:
		return store.Failed
	case recordDrifted:
		return store.Drifted
	case recordSettled, recordClosed:
		if len(b.Result) == 0 || b.Said == saidNothing {
			return store.Failed
		}
		return store.Done
	}
	return ""
}

// Standing is where things stand now.
type Standing struct {
	// Open counts the operations in each open state.
	Open map[store.State]int
	// Oldest is when the question that waits longest was asked; zero without one.
	Oldest time.Time
	// Reserved is what the operations in flight add per hour, by account.
	Reserved map[cloud.AccountName]*Reserved
}

// Reserved is what calls in flight add to what an account costs.
type Reserved struct {
	PerHour spend.Sums
	// Unknown counts those whose price is not known.
	Unknown int
}

// Standing reads where things stand.
func (w Watch) Standing(ctx context.Context) (Standing, error) {
	s := Standing{Open: map[store.State]int{}, Reserved: map[cloud.AccountName]*Reserved{}}
	var open []store.State
	for _, state := range store.States() {
		if state.Open() {
			open, s.Open[state] = append(open, state), 0
		}
	}
	ops, err := w.Store.Operations(ctx, store.OperationQuery{States: open})
	if err != nil {
		return s, fmt.Errorf("watch: %w", err)
	}
	for _, op := range ops {
		switch {
		case op.State != store.Waiting && op.State != store.Approved:
			if err := s.reserve(op); err != nil {
				return s, err
			}
		case !w.Now().Before(op.ExpiresAt):
			continue // nobody has noticed yet that its time is over
		case op.State == store.Waiting && (s.Oldest.IsZero() || askedAt(op).Before(s.Oldest)):
			s.Oldest = askedAt(op)
		}
		s.Open[op.State]++
	}
	return s, nil
}

// reserve counts what an operation in flight adds.
func (s *Standing) reserve(op store.Operation) error {
	if len(op.Charge) == 0 {
		return nil
	}
	charge, err := storedCharge(op)
	if err != nil {
		return err
	}
	r := s.Reserved[accountOf(op)]
	if r == nil {
		r = &Reserved{}
		s.Reserved[accountOf(op)] = r
	}
	switch {
	case charge.PerHour == nil:
		r.Unknown++
	case charge.PerHour.Currency != "": // else it adds machines and no money
		r.PerHour.Add(*charge.PerHour)
	}
	return nil
}
