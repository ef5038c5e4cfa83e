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

// Options are what a guard needs of its surroundings.
type Options struct {
	Store store.Store
	Rules *policy.Rules
	Log   zerolog.Logger
	// Now tells the time; time.Now outside of tests.
	Now func() time.Time
	// Random makes IDs and one-time tokens; the system's randomness when nil.
	Random io.Reader
	// Key makes MACs of secret arguments; it belongs to the state folder.
	Key []byte
	// Instance is this process; Alive tells of any other whether it still runs.
	Instance string
	Alive    func(instance string) bool
	// Shared is what all guards of this process share; nil where it has one.
	Shared *Shared
	// ApproveCommand is the command with which a person approves an operation.
	ApproveCommand func(operation string) string
	Limits         Limits
	// Burn reads what runs on an account; nil where it cannot be read, and then no
	// call is let through that caps are to hold.
	Burn tool.BurnReader
	// Accounts are all accounts whose burn counts together.
	Accounts []cloud.AccountName
	// Shown are the accounts whose numbers callers may be told; nil for all.
	Shown []cloud.AccountName
	// Observe is told what the guard does; nil for nobody.
	Observe Observer
}

// Limits are the guard's times and bounds. None of them is ever guessed: the settings
// table has the defaults.
type Limits struct {
	// AskTTL is how long a question stands.
	AskTTL time.Duration
	// UseTTL is how long an approval can be used.
	UseTTL time.Duration
	// FormWait is how long a call waits for an answer to a form.
	FormWait time.Duration
	// FormMin is how long a person needs at least to read a form.
	FormMin time.Duration
	// Execute bounds one execution once its intent is journaled.
	Execute time.Duration
	// SettleGrace is how long a lost call may still show up at the cloud.
	SettleGrace time.Duration
	// MaxPending is how many questions of one principal wait at most; the oldest
	// lapse beyond. 0 is no bound.
	MaxPending int
}

// Guard carries calls out.
type Guard struct {
	Options
	tools map[string]*tool.Definition
	names *names
}

// New makes a guard. Its tools are given by Use, because some of them read the
// guard's own operations.
func New(opts Options) *Guard {
	if opts.Shared == nil {
		opts.Shared = NewShared()
	}
	if opts.Random == nil {
		opts.Random = rand.Reader
	}
	return &Guard{Options: opts, tools: map[string]*tool.Definition{}, names: opts.Shared.namesOf(opts)}
}

// Use adds tools. It is called before the first call, never after.
func (g *Guard) Use(definitions ...*tool.Definition) {
	for _, d := range definitions {
		g.tools[d.Name] = d
	}
}

// Request is one call of a tool.
type Request struct {
	Tool      string
	Arguments json.RawMessage
	// Principal is the verified caller.
	Principal string
	// Scopes are what the caller may do; nil is everything, for callers that need no
	// login.
	Scopes *tool.Scopes
	// Form puts a question to the client's user and waits for the answer; nil
	// where the client cannot be asked this way.
	Form func(ctx context.Context, q Question) (Answer, error)
	// Person is who answers Form, where it is not put to the user of a client but to a
	// person at this process's own terminal.
	Person Approval
	// RoundTrip says that the client answers questions by repeating the call.
	RoundTrip bool
	// State and Answer came back with a repeated call.
	State  string
	Answer *Answer
}

// Reply is the answer to a call.
type Reply struct {
	// Output is the typed output; nil when Ask is set.
	Output any
	// Text goes beside the output for people: the whole plan.
	Text string
	// Ask is the question that the client has to answer by repeating the call
	// with State.
	Ask   *Question
	State string
	// Deliver names the operation whose result this reply carries; the transport
	// calls Delivered when it has reached the client.
	Deliver string
}

// Call carries one call out as far as it may go. The error is for the agent by
// tool.AsError.
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
	ctx = tool.WithSightings(WithPrincipal(ctx, r.Principal), g.names.see)
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

// WithPrincipal says on whose behalf operations are read beside a call.
func WithPrincipal(ctx context.Context, principal string) context.Context {
	return context.WithValue(ctx, principalKey{}, principal)
}

// PrincipalOf is the principal on whose behalf something is done.
func PrincipalOf(ctx context.Context) string {
	principal, _ := ctx.Value(principalKey{}).(string)
	return principal
}

// Delivering says that a result is about to be written to its client, who can
// call again before Delivered has told the store. The function that it returns
// takes that back, for a result that could not be written.
func (g *Guard) Delivering(operation string) (undo func()) {
	return g.Shared.hand(operation)
}

// Delivered remembers that a result has reached its client: from now on an
// equal call is a new operation.
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
	g.Shared.delivered(operation)
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
