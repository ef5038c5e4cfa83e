package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"countersign/internal/guard"
	"countersign/internal/store"
)

// withForm makes a call whose client shows a form while the call waits.
func (c *simulatedCall) withForm() {
	c.do(func(r *guard.Request) {
		r.Form = func(ctx context.Context, q guard.Question) (guard.Answer, error) {
			c.turns.wait(c.who+" form", "is shown")
			c.reviewQuestion(q)
			if c.chance(12) {
				return guard.Answer{}, errors.New("the client cannot show it")
			}
			if !c.think(ctx) {
				return guard.Answer{}, ctx.Err()
			}
			c.turns.wait(c.who+" form", "is answered")
			a := c.anyAnswer(q)
			c.note("%s: the form of %s is answered: %s %q", c.who, q.Operation, a.Action, a.Typed)
			c.recordFormAnswer(q, a)
			return a, nil
		}
	})
}

// think waits as long as the person takes: too short a time, a while, or longer
// than the form is open. It reports false if the form was closed first.
func (c *simulatedCall) think(ctx context.Context) bool {
	var d time.Duration
	switch n := c.random.IntN(10); {
	case n < 2:
		d = c.between(50*time.Millisecond, 700*time.Millisecond)
	case n < 7:
		d = c.between(2*time.Second, 40*time.Second)
	case n < 9:
		d = c.between(50*time.Second, 16*time.Minute)
	default:
		d = time.Hour
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// anyAnswer returns a random answer of a person to a form.
func (s *simulation) anyAnswer(q guard.Question) guard.Answer {
	switch n := s.random.IntN(10); {
	case n < 2:
		return guard.Answer{Action: guard.Decline}
	case n == 2:
		return guard.Answer{Action: guard.Cancel}
	}
	a := guard.Answer{Action: guard.Accept}
	if q.Typed != "" {
		a.Typed = s.typed(q)
	}
	return a
}

// recordFormAnswer records a consent or a refusal. An answer that came faster than
// a person can read gives no consent.
func (c *simulatedCall) recordFormAnswer(q guard.Question, a guard.Answer) {
	c.tally.event("form: " + string(a.Action))
	if a.Action == guard.Decline {
		for _, k := range c.consents {
			if k.operation == q.Operation && !k.used && k.declined.IsZero() {
				k.declined, k.by = time.Now(), c
				c.tally.event("second thoughts")
			}
		}
		return
	}
	shown := c.now().Sub(c.makers[q.Operation].asked)
	if c.isYes(q, a) && shown >= time.Duration(c.cfg.FormMin*float64(time.Second)) {
		c.recordConsent(q, roadForm)
	}
}

// roundTrip makes a call whose client answers questions by repeating the call.
func (c *simulatedCall) roundTrip() {
	c.do(func(r *guard.Request) { r.RoundTrip = true })
}

// answerForm answers an open form by repeating its call. Sometimes it uses the
// state of another form, a forged state, or another principal.
func (s *simulation) answerForm() {
	if len(s.forms) == 0 {
		return
	}
	f := s.forms[len(s.forms)-1-s.random.IntN(min(4, len(s.forms)))]
	approved := slices.DeleteFunc(slices.Clone(s.forms), func(f *openForm) bool { return s.states[f.question.Operation] != store.Approved })
	second := len(approved) > 0 && s.chance(2)
	if second { // a form whose operation was approved elsewhere
		f = pick(s, approved)
	}
	c := s.newCall(f.principal, f.task)
	state, question, honest := f.state, f.question, true
	switch s.random.IntN(12) {
	case 0:
		// The state of another form of the same call is accepted too.
		other := pick(s, s.forms)
		state, question = other.state, other.question
		honest = other.principal == f.principal && other.task.call() == f.task.call()
	case 1:
		id, _, _ := strings.Cut(state, ".")
		state, honest = id+"."+strings.Repeat("0", 32), false
	case 2:
		other := pick(s, principals())
		honest = other == f.principal
		c.principal = other
	}
	a := s.anyAnswer(question)
	if second && s.chance(2) {
		a = guard.Answer{Action: guard.Decline}
	}
	s.start(c.who, false, func() {
		if honest {
			c.note("%s: the form of %s is answered: %s %q", c.who, question.Operation, a.Action, a.Typed)
			c.recordFormAnswer(question, a)
		} else {
			c.note("%s: a form is answered with the state of another: %s", c.who, a.Action)
			c.tally.event("form: stolen state")
		}
		c.answersForm = true
		c.do(func(r *guard.Request) { r.RoundTrip, r.State, r.Answer = true, state, &a })
	})
}
