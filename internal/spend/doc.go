// Package spend adds up what runs and what was spent, and holds a call against the
// caps. What is in flight counts as if it ran, and what cannot be told apart counts
// twice: a doubt makes the sum larger, never smaller.
//
// It must never know a store, a cloud or a clock: it is given what each has told.
package spend
