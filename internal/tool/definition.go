package tool

import (
	"context"
	"slices"
	"strings"
	"time"

	"countersign/internal/cloud"
	"countersign/internal/schema"
)

// Spec is what every tool declares about itself.
type Spec struct {
	Name        string
	Title       string
	Description string
	// Toolset groups tools that are enabled together; DefaultToolset is enabled by default.
	Toolset string
	// Effect is the worst that any call of the tool can do.
	Effect Effect
	// Least is an effect that every call of the tool has, where that is less than
	// Effect. The zero value, Read, means that every call has Effect.
	Least Effect
	// Idempotent says that repeating a call changes nothing more.
	Idempotent bool
	// Schema adjusts the input schema: the accounts that can serve the tool,
	// the blocks that it takes.
	Schema []schema.Option
}

// DefaultToolset is the toolset that is enabled unless others are chosen.
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

// MadeKind returns the kind of resource that the tool's jobs make or change, such as
// "vm"; empty where that is not known.
func (d *Definition) MadeKind() string { return d.kind }

// Judged reports whether calls of the tool are planned and checked against the rules.
func (d *Definition) Judged() bool { return d.settle != nil }

// Noun returns what the tool is about, in the singular, as rules name it: its MadeKind,
// or else the part of its name after the verb.
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

// Needs returns the scope that every call of the tool needs. The plan of a call may
// need more scopes.
func (d *Definition) Needs() Scope {
	if d.Least != Read {
		return scopeOf(d.Least)
	}
	return scopeOf(d.Effect)
}

// Decode decodes arguments strictly into a call. The error is schema.Problems or an
// *Error.
func (d *Definition) Decode(raw []byte) (*Call, error) {
	call, err := d.decode(raw)
	if err != nil {
		return nil, err
	}
	call.Tool = d
	return call, nil
}

// Settle finds out the outcome of a write whose response was lost.
func (d *Definition) Settle(ctx context.Context, intent Intent) (Settlement, error) {
	return d.settle(ctx, intent)
}

// Call is one decoded call. Exactly one of Read, Control and the pair Plan and
// Execute is set.
type Call struct {
	Tool *Definition
	// Canonical returns the canonical form of the arguments, with MACs in place of
	// secrets. Equal calls have equal bytes.
	Canonical func(mac func(secret string) string) ([]byte, error)
	// Account is the account that a write acts on.
	Account cloud.AccountName

	// Read answers a call that changes nothing.
	Read func(ctx context.Context) (any, error)
	// Control acts on Countersign's own operations only.
	Control func(ctx context.Context) (Outcome, error)
	// Plan reads live state and says what Execute would do.
	Plan func(ctx context.Context) (Plan, error)
	// Execute does it. After an error for which cloud.IsAmbiguous is true, it may have
	// been done all the same.
	Execute func(ctx context.Context, run Run) (Made, error)
}

// Run is the argument of Execute.
type Run struct {
	Operation string
	// Marker is the text to put on the created resource, so that it can be found.
	Marker string
	// Plan is the approved plan, as it was made again just before executing.
	Plan Plan
}

// Made is the result of a write.
type Made struct {
	// Summary is one sentence without any text of a vendor.
	Summary string
	// Warning is the cloud's own warning; it is shown in quotes after the summary.
	Warning string
	IDs     []MadeID
	// Shortfall is a sentence on which part of the call was not done, and why, whatever
	// its jobs do; empty where all of it was done.
	Shortfall string
	// Jobs are the jobs that still run; the operation is running until they end.
	Jobs []cloud.JobID
	// Parts are the outcomes of single resources that are known already, without Jobs.
	Parts []cloud.Job
}

// Intent is what was recorded before a write whose response was lost.
type Intent struct {
	Operation string
	Marker    string
	Plan      Plan
	SentAt    time.Time
	// Others are the IDs that other operations of the same tool have made, so that this
	// one cannot have made them.
	Others []string
}

// Finding is the result of Settle.
type Finding string

// The findings.
const (
	// FoundDone: it was carried out; Settlement.Made is the result.
	FoundDone Finding = "done"
	// FoundNothing: no trace of it was found. That proves nothing until some time has
	// passed.
	FoundNothing Finding = "nothing"
	// FoundUnclear: it could not be found out.
	FoundUnclear Finding = "unclear"
)

// Settlement is a finding with its details.
type Settlement struct {
	Finding Finding
	Made    Made
	// Why says, for FoundUnclear, what a person should look at.
	Why string
	// Possible are the IDs of what may have come of it, for unclear findings.
	Possible []string
}
