package tool

import (
	"context"
	"fmt"

	"countersign/internal/cloud"
	"countersign/internal/schema"
)

// NewRead returns the definition of a tool that changes nothing.
func NewRead[In, Out any](spec Spec, read func(context.Context, In) (Out, error)) *Definition {
	spec.Effect, spec.Idempotent = Read, true
	d := define[In, Out](spec)
	d.decode = func(raw []byte) (*Call, error) {
		in, err := schema.Decode[In](d.Input, raw)
		if err != nil {
			return nil, err
		}
		return &Call{Read: func(ctx context.Context) (any, error) { return read(ctx, in) }}, nil
	}
	return d
}

// NewControl returns the definition of a tool that acts on Countersign's own operations
// only.
func NewControl[In any](spec Spec, control func(context.Context, In) (Outcome, error)) *Definition {
	d := define[In, Outcome](spec)
	d.decode = func(raw []byte) (*Call, error) {
		in, err := schema.Decode[In](d.Input, raw)
		if err != nil {
			return nil, err
		}
		return &Call{Control: func(ctx context.Context) (Outcome, error) { return control(ctx, in) }}, nil
	}
	return d
}

// Writer has the functions of a tool above a read, in the order of a call.
type Writer[In any] struct {
	// Account returns the account that a call acts on.
	Account func(In) cloud.AccountName
	// Plan reads live state and says what Execute would do.
	Plan func(context.Context, In) (Plan, error)
	// Execute does it.
	Execute func(context.Context, In, Run) (Made, error)
	// Settle finds out the outcome when the response was lost. It has only the plan and
	// not the arguments, because secrets are not stored.
	Settle func(context.Context, Intent) (Settlement, error)
	// Follow reads the jobs that Execute left running; nil for tools that have no jobs.
	Follow func(context.Context, cloud.AccountName, []cloud.JobID) ([]cloud.Job, error)
	// Kind is the kind of resource that those jobs make or change, such as "vm".
	Kind string
}

// NewWrite returns the definition of a tool above a read.
func NewWrite[In any](spec Spec, w Writer[In]) *Definition {
	d := define[In, Outcome](spec)
	d.settle, d.follow, d.kind = w.Settle, w.Follow, w.Kind
	d.decode = func(raw []byte) (*Call, error) {
		in, err := schema.Decode[In](d.Input, raw)
		if err != nil {
			return nil, err
		}
		call := w.call(in)
		call.Canonical = func(mac func(string) string) ([]byte, error) { return schema.Canonical(in, mac) }
		return call, nil
	}
	return d
}

// BlockInput is the input of a tool that takes exactly one of several typed blocks.
type BlockInput[In any] interface {
	// WithBlock returns the input with the block that was given.
	WithBlock(cloud.BlockSpec) In
}

// NewBlockWrite returns the definition of a write whose input has one block per kind of
// resource that it creates; a call gives exactly one of them.
func NewBlockWrite[In BlockInput[In]](spec Spec, w Writer[In]) *Definition {
	d := define[In, Outcome](spec)
	d.settle, d.follow, d.kind = w.Settle, w.Follow, w.Kind
	d.decode = func(raw []byte) (*Call, error) {
		in, block, name, err := schema.DecodeWithBlock[In](d.Input, raw)
		if err != nil {
			return nil, err
		}
		spec, ok := block.(cloud.BlockSpec)
		if !ok {
			return nil, fmt.Errorf("block %s of %s has no name of its own", name, d.Name)
		}
		call := w.call(in.WithBlock(spec))
		call.Canonical = func(mac func(string) string) ([]byte, error) {
			return schema.CanonicalWithBlock(in, block, name, mac)
		}
		return call, nil
	}
	return d
}

func (w Writer[In]) call(in In) *Call {
	return &Call{
		Account: w.Account(in),
		Plan:    func(ctx context.Context) (Plan, error) { return w.Plan(ctx, in) },
		Execute: func(ctx context.Context, run Run) (Made, error) { return w.Execute(ctx, in, run) },
	}
}

func define[In, Out any](spec Spec) *Definition {
	if spec.Toolset == "" {
		spec.Toolset = DefaultToolset
	}
	return &Definition{
		Spec:   spec,
		Input:  schema.Of[In](spec.Schema...),
		Output: schema.Of[Out](schema.ForOutput()),
	}
}
