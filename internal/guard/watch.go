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

// Watch reads metrics from the state folder. It covers all processes that share the folder,
// because people answer in other processes than the server. It returns no names.
type Watch struct {
	Store store.Store
	Now   func() time.Time
}

// The answers that are not a store.State.
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

// Happened is what one audit record says.
type Happened struct {
	// State is the new state of the operation; empty where the record has none.
	State store.State
	// Answer is the answer to a question, and Road how it was given. Both are empty where
	// the record is not about an answer; Road is also empty where nobody answered.
	Answer, Road string
	// Waited is how long the answer took, in seconds; nil where nothing was waited for.
	Waited *float64
}

// AnswersByRoad returns the possible values of Happened.Answer for each road; the road is
// empty where nobody answered.
func AnswersByRoad() map[string][]string {
	people := []string{string(store.Approved), string(store.Denied), answerTooFast}
	return map[string][]string{
		roadForm: people, RoadTerminal: people, roadCaller: {string(store.Approved)},
		roadGrant: {answerAllowed}, roadPolicy: {answerAllowed, answerForbidden},
		"": {answerLapsed, string(store.Withdrawn)},
	}
}

// Head returns the number of the last record; 0 where there is none.
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

// Since calls yield for each record after a number, and returns the number of the last one.
func (w Watch) Since(ctx context.Context, after int64, yield func(Happened)) (last int64, err error) {
	err = w.Store.Records(ctx, after, func(r store.Record) bool {
		after = r.Seq
		h, times := happened(r)
		for range times {
			yield(h)
		}
		return true
	})
	if err != nil {
		return after, fmt.Errorf("watch: %w", err)
	}
	return after, nil
}

// maxRepeats bounds how often a record counts, whatever number it has.
const maxRepeats = 1 << 20

// happened reads a record, and how often it counts. If its body cannot be read, only its
// kind counts.
func happened(r store.Record) (h Happened, times int) {
	var b recordBody
	if json.Unmarshal(r.Body, &b) != nil {
		b = recordBody{}
	}
	if h = saidBy(r, b); h == (Happened{}) {
		return h, 0
	}
	return h, min(max(b.Repeats, 1), maxRepeats)
}

func saidBy(r store.Record, b recordBody) Happened {
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
		if unusedFrom(b, store.Approved) {
			return Happened{State: store.Expired} // it was answered, and not used
		}
		return Happened{State: store.Expired, Answer: answerLapsed}
	case recordWithdrawn:
		if unusedFrom(b, store.Waiting) {
			return Happened{State: store.Withdrawn, Answer: string(store.Withdrawn)}
		}
		return Happened{State: store.Withdrawn}
	}
	return Happened{State: cameTo(r.Kind, b)}
}

// unused adds to a record from which state an operation expired or was withdrawn.
func unused(from store.State) func(*recordBody) {
	return func(b *recordBody) { b.From, b.Reason = from, reasonFrom(from) }
}

// unusedFrom reports whether an operation expired or was withdrawn from a state.
func unusedFrom(b recordBody, state store.State) bool {
	if b.From == "" {
		return b.Reason == reasonFrom(state) // a record of an earlier version
	}
	return b.From == state
}

func reasonFrom(state store.State) string { return "from " + string(state) }

// cameTo returns the state of an operation after a record about a sent request.
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

// Standing is a snapshot of the open operations.
type Standing struct {
	// Open counts the operations in each open state.
	Open map[store.State]int
	// Oldest is when the longest waiting question was asked; zero without one.
	Oldest time.Time
	// Reserved is what the operations in flight add to each account.
	Reserved map[cloud.AccountName]*Reserved
}

// Reserved is what calls in flight add to what an account costs.
type Reserved struct {
	PerHour spend.Sums
	// Unknown counts the calls with an unknown price.
	Unknown int
}

// Standing returns a snapshot of the open operations.
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
			continue // it has expired, which is not stored yet
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
