package tool

import "context"

type hurryKey struct{}

// WithHurry returns a context from which Hurry returns gone. Close gone when calls that
// only wait should return soon; it cancels nothing.
func WithHurry(ctx context.Context, gone <-chan struct{}) context.Context {
	return context.WithValue(ctx, hurryKey{}, gone)
}

// Hurry returns a channel that is closed when a call that only waits should return the
// present state. It is nil, which blocks for ever, without WithHurry.
func Hurry(ctx context.Context) <-chan struct{} {
	gone, _ := ctx.Value(hurryKey{}).(<-chan struct{})
	return gone
}
