package main

import (
	"bytes"
	"context"
	"time"
)

// simulatedCall is one call of an agent, or a background task of a server. It is
// passed in the context through guard, tools and clients, so that each fake knows
// which call it works for.
type simulatedCall struct {
	*simulation
	who       string
	server    *server
	principal string
	task      *task
	// began is the tick at which it began, and at the time.
	began int
	at    time.Time
	// seen has the responses of the clouds to the reads of this call.
	seen bytes.Buffer
	// asked is when it last stored a question, by the clock of the machine.
	asked time.Time
	// journaled is the operation whose intent this call has stored.
	journaled string
	// sent is the number of writes sent to a cloud, faults the number of failed
	// accesses.
	sent, faults int
	// ended is the tick at which it ended, 0 while it is running; answersForm
	// reports that it has the answer to a form.
	ended       int
	answersForm bool
	// delay is how long its agent waits before it calls.
	delay time.Duration
	// road is the way in which it was approved.
	road string
	// usedGrant is the grant that its write used.
	usedGrant *standingGrant
	// wire is its HTTP exchange; nil for a call in process.
	wire *wireCall
}

// key returns a text that is the same for equal calls.
func (c *simulatedCall) key() string { return c.principal + " " + c.task.call() }

type callKey struct{}

func (c *simulatedCall) context() context.Context {
	return context.WithValue(c.t.Context(), callKey{}, c)
}

// callOf returns the call that a context belongs to; nil if there is none.
func callOf(ctx context.Context) *simulatedCall {
	c, _ := ctx.Value(callKey{}).(*simulatedCall)
	return c
}
