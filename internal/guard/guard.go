package guard

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"

	"countersign/internal/cloud"
	"countersign/internal/policy"
	"countersign/internal/store"
	"countersign/internal/tool"
)

// Options are the dependencies and settings of a guard. Store, Rules, Now, Alive,
// ApproveCommand and Limits are required; so is Key where calls have secret arguments.
type Options struct {
	Store store.Store
	Rules *policy.Rules
	Log   zerolog.Logger
	// RulesNow returns the rules that hold at this moment, where they can change; nil where
	// Rules hold for as long as the guard.
	RulesNow func() *policy.Rules
	// Now returns the current time; time.Now outside of tests.
	Now func() time.Time
	// Random is the source of IDs and one-time tokens; crypto/rand when nil.
	Random io.Reader
	// Key is the key of the MACs of secret arguments. All processes on one state folder
	// share it.
	Key []byte
	// Instance identifies this process; Alive reports whether another one still runs.
	Instance string
	Alive    func(instance string) bool
	// Shared is the state that all guards of this process share; nil where there is only
	// one guard.
	Shared *Shared
	// ApproveCommand returns the shell command that approves an operation.
	ApproveCommand func(operation string) string
	// Remote says that callers are elsewhere: they are told that whoever runs this server
	// approves.
	Remote bool
	Limits Limits
	// Burn reads the running machines of an account; nil where that is not possible, and
	// then every call that a cap applies to is refused.
	Burn tool.BurnReader
	// Accounts are the accounts that the caps for all accounts count.
	Accounts []cloud.AccountName
	// Shown are the accounts whose numbers callers may be told; nil for all.
	Shown []cloud.AccountName
	// Observe receives events for metrics and traces; nil for none.
	Observe Observer
}

// Limits are the guard's timeouts and bounds. The guard has no defaults for them; the
// settings table has.
type Limits struct {
	// AskTTL is how long a question can be answered.
	AskTTL time.Duration
	// UseTTL is how long an approval can be used.
	UseTTL time.Duration
	// FormWait is how long a call waits for an answer to a form.
	FormWait time.Duration
	// FormMin is the time below which an answer to a form is not taken for a person's.
	FormMin time.Duration
	// Execute is the timeout of one execution once its intent is journaled.
	Execute time.Duration
	// SettleGrace is how long after a lost response its effect may still appear at the
	// cloud.
	SettleGrace time.Duration
	// MaxPending bounds the questions of one principal that wait; beyond it the oldest
	// expire. 0 is no bound.
	MaxPending int
}

// Guard carries calls out. It is safe for concurrent use once Use has been called.
type Guard struct {
	Options
	tools map[string]*tool.Definition
	names *names
}

// New returns a guard without tools. Use adds them afterwards, because some of them read
// the guard's own operations.
func New(opts Options) *Guard {
	if opts.Shared == nil {
		opts.Shared = NewShared()
	}
	if opts.Random == nil {
		opts.Random = rand.Reader
	}
	return &Guard{Options: opts, tools: map[string]*tool.Definition{}, names: opts.Shared.namesOf(opts)}
}

// Use adds tools. It must not be called after the first Call.
func (g *Guard) Use(definitions ...*tool.Definition) {
	for _, d := range definitions {
		g.tools[d.Name] = d
	}
}

// rules returns the rules that hold at this moment. They can change within a call: each
// decision is made under the newest.
func (g *Guard) rules() *policy.Rules {
	if g.RulesNow == nil {
		return g.Rules
	}
	return g.RulesNow()
}

// Request is one call of a tool.
type Request struct {
	Tool      string
	Arguments json.RawMessage
	// Principal is the verified caller.
	Principal string
	// Scopes are what the caller may do; nil is everything, for transports without a
	// login.
	Scopes *tool.Scopes
	// Form shows a question to the client's user and waits for the answer; nil where
	// the client has no forms.
	Form func(ctx context.Context, q Question) (Answer, error)
	// Person is set where Form is shown at this process's own terminal, to that person,
	// and not to the user of a client.
	Person Approval
	// RoundTrip says that the client answers questions by repeating the call.
	RoundTrip bool
	// State and Answer are what a repeated call carries back.
	State  string
	Answer *Answer
}

// Reply is the response to a call.
type Reply struct {
	// Output is the typed output; nil when Ask is set.
	Output any
	// Text is for people, beside the output: the whole plan.
	Text string
	// Ask is the question that the client has to answer by repeating the call
	// with State.
	Ask   *Question
	State string
	// Deliver is the ID of the operation whose result this reply carries; the transport
	// calls Delivered once the client has it.
	Deliver string
}

// Call takes one call as far as the rules and answers allow. tool.AsError turns its error
// into one that the agent may see.
func (g *Guard) Call(ctx context.Context, r Request) (Reply, error) {
	if r.Principal == "" {
		// To the store, no principal means all of them.
		return Reply{}, errors.New("a call without a principal")
	}
	definition, ok := g.tools[r.Tool]
	if !ok {
		return Reply{}, tool.Errorf(tool.CodeUnsupported, "List the tools and use one of them.", "There is no tool of that name.")
	}
	call, err := definition.Decode(r.Arguments)
	if err != nil {
		return Reply{}, err
	}
	g.decoded(ctx, r, call)
	if err := g.admits(ctx, r, definition, string(call.Account)); err != nil {
		return Reply{}, err
	}
	ctx = tool.WithScopes(tool.WithSightings(WithPrincipal(ctx, r.Principal), g.names.see), r.Scopes)
	switch {
	case call.Read != nil:
		out, err := call.Read(ctx)
		return Reply{Output: out}, err
	case call.Control != nil:
		out, err := call.Control(ctx)
		return Reply{Output: out}, err
	}
	w, err := g.newWrite(r, call)
	if err != nil {
		return Reply{}, err
	}
	return w.run(ctx)
}

type principalKey struct{}

// WithPrincipal returns a context for reading the operations of a principal outside of a
// call.
func WithPrincipal(ctx context.Context, principal string) context.Context {
	return context.WithValue(ctx, principalKey{}, principal)
}

// PrincipalOf returns the principal of a context; empty where it has none.
func PrincipalOf(ctx context.Context) string {
	principal, _ := ctx.Value(principalKey{}).(string)
	return principal
}

// Delivering marks a result as about to be written to its client, because the client can
// call again before Delivered has stored that. The returned function removes the mark;
// it is called when the result could not be written.
func (g *Guard) Delivering(operation string) (undo func()) {
	return g.Shared.hand(operation)
}

// Delivered stores that a result has reached its client: from now on an equal call is a
// new operation.
func (g *Guard) Delivered(ctx context.Context, operation string) error {
	var err error
	for range contended {
		if err = g.deliveredOnce(ctx, operation); !errors.Is(err, store.ErrConflict) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("delivered %s: %w", operation, err)
	}
	g.Shared.delivered(operation, g.Now())
	return nil
}

func (g *Guard) deliveredOnce(ctx context.Context, operation string) error {
	op, err := g.Store.Operation(ctx, operation)
	if err != nil || op.State != store.Done && op.State != store.Running || !op.DeliveredAt.IsZero() {
		return err
	}
	op.DeliveredAt = g.Now()
	return g.Store.UpdateOperation(ctx, &op, op.State, g.record(op, recordDelivered, nil))
}
