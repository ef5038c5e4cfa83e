// Package spend adds up the running machines and the money spent, and checks a call
// against the caps. Calls in flight count as if their machines ran already. What may be the
// same thing but cannot be matched counts twice: a doubt makes the sum larger, never smaller.
//
// It must never know a store, a cloud or a clock: the caller passes in their data.
package spend
