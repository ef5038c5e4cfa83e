package tool

import "context"

type hurryKey struct{}

// WithHurry lets the tools below know when nobody is there any more to wait for
// long: gone is closed then. It cancels nothing.
func WithHurry(ctx context.Context, gone <-chan struct{}) context.Context {
	return context.WithValue(ctx, hurryKey{}, gone)
}

// Hurry is closed when a call that only waits should answer with how things
// stand. It is nil, which never closes, where nobody tells.
func Hurry(ctx context.Context) <-chan struct{} {
	gone, _ := ctx.Value(hurryKey{}).(<-chan struct{})
	return gone
}
