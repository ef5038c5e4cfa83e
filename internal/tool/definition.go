package tool

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/schema"
)

// Spec is what every tool declares about itself, once.
type Spec struct {
	Name        string
	Title       string
	Description string
	// Toolset groups tools that are switched on together; "default" is on.
	Toolset string
	// Effect is the worst that any call of the tool can do.
	Effect Effect
	// Least is an effect that every call of the tool has, where that is less than
	// Effect; Read stands for Effect itself.
	Least Effect
	// Idempotent says that repeating a call changes nothing more.
	Idempotent bool
	// Schema adjusts the input schema: the accounts that can serve the tool,
	// the blocks that it takes.
	Schema []schema.Option
}

// DefaultToolset is the toolset that is on unless another is chosen.
const DefaultToolset = "default"

// Definition is a tool with its types erased, for the catalogue and the guard.
type Definition struct {
	Spec
	Input  *schema.Schema
	Output *schema.Schema

	decode func(raw []byte) (*Call, error)
	settle func(ctx context.Context, intent Intent) (Settlement, error)
	follow func(ctx context.Context, account cloud.AccountName, jobs []cloud.JobID) ([]cloud.Job, error)
	kind   string
}

// Find returns the definition of the tool with a name, or nil where there is none.
func Find(all []*Definition, name string) *Definition {
	i := slices.IndexFunc(all, func(d *Definition) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return all[i]
}

// Follow reads the jobs that a write left running.
func (d *Definition) Follow(ctx context.Context, account cloud.AccountName, jobs []cloud.JobID) ([]cloud.Job, error) {
	return d.follow(ctx, account, jobs)
}

// MadeKind is the kind of what the tool's jobs make or change, for IDs; empty where
// that is not known.
func (d *Definition) MadeKind() string { return d.kind }

// Judged reports whether calls of the tool are planned and held against the rules.
func (d *Definition) Judged() bool { return d.settle != nil }

// Noun is what the tool is about, in the singular, as rules name it: the kind of
// what it makes or changes, or else what its name says after the verb.
func (d *Definition) Noun() string {
	if d.kind != "" {
		return d.kind
	}
	_, noun, _ := strings.Cut(d.Name, "_")
	if of, ok := strings.CutPrefix(noun, "vm_"); ok {
		noun = of
	}
	if !strings.HasSuffix(noun, "us") && !strings.HasSuffix(noun, "ss") {
		noun = strings.TrimSuffix(noun, "s")
	}
	return noun
}

// Needs is the scope that every call of the tool needs, whatever else its plan
// turns out to need.
func (d *Definition) Needs() Scope {
	if d.Least != Read {
		return scopeOf(d.Least)
	}
	return scopeOf(d.Effect)
}

// Decode turns arguments into a call, strictly. The error is schema.Problems
// or an *Error.
func (d *Definition) Decode(raw []byte) (*Call, error) {
	call, err := d.decode(raw)
	if err != nil {
		return nil, err
	}
	call.Tool = d
	return call, nil
}

// Settle finds out what became of a write whose answer was lost.
func (d *Definition) Settle(ctx context.Context, intent Intent) (Settlement, error) {
	return d.settle(ctx, intent)
}

// Call is one decoded call. Exactly one of Read, Control and the pair Plan and
// Execute is set.
type Call struct {
	Tool *Definition
	// Canonical is the canonical form of the arguments, with secrets as MACs:
	// equal calls have equal bytes.
	Canonical func(mac func(secret string) string) ([]byte, error)
	// Account is the account that a write acts on.
	Account cloud.AccountName

	// Read answers a call that changes nothing.
	Read func(ctx context.Context) (any, error)
	// Control acts on Countersign's own operations and on no cloud.
	Control func(ctx context.Context) (Outcome, error)
	// Plan reads live state and says what Execute would do.
	Plan func(ctx context.Context) (Plan, error)
	// Execute does it. An error that cloud.IsAmbiguous means that it may have
	// been done.
	Execute func(ctx context.Context, run Run) (Made, error)
}

// Run is what the guard hands to Execute.
type Run struct {
	Operation string
	// Marker is to be left on what is made, so that it can be found.
	Marker string
	// Plan is the plan that was approved and made again.
	Plan Plan
}

// Made is what a write made or changed.
type Made struct {
	// Summary is one sentence of our own, without a vendor's text.
	Summary string
	// Warning is what the cloud itself warned of, in its words; it is shown in
	// quotes behind the summary.
	Warning string
	IDs     []MadeID
	// Shortfall says in a sentence of our own what of the call was not done and
	// why, however its jobs end; empty where nothing fell short.
	Shortfall string
	// Jobs are what the cloud goes on with; while they run, so does the operation.
	Jobs []cloud.JobID
	// Parts say what became of each of several things, beside what Jobs will tell.
	Parts []cloud.Job
}

// Intent is what is known of a write whose answer was lost.
type Intent struct {
	Operation string
	Marker    string
	Plan      Plan
	SentAt    time.Time
	// Others are what other operations of the same tool are known to have made: this
	// one did not.
	Others []string
}

// Finding is what settling found out.
type Finding string

// The findings.
const (
	// FoundDone: it was carried out; Settlement.Made says what came of it.
	FoundDone Finding = "done"
	// FoundNothing: no trace of it. It is conclusive only after a while.
	FoundNothing Finding = "nothing"
	// FoundUnclear: it cannot be told.
	FoundUnclear Finding = "unclear"
)

// Settlement is the answer to "what became of it?".
type Settlement struct {
	Finding Finding
	Made    Made
	// Why says, for unclear findings, what a person should look at.
	Why string
}
