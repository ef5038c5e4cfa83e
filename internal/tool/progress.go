package tool

import "context"

type progressKey struct{}

// ProgressFunc reports the progress of a call: done of total, and a sentence.
type ProgressFunc func(done, total float64, message string)

// WithProgress returns a context in which Progress calls a function.
func WithProgress(ctx context.Context, report ProgressFunc) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// Progress reports progress; without WithProgress it does nothing.
func Progress(ctx context.Context, done, total float64, message string) {
	if report, ok := ctx.Value(progressKey{}).(ProgressFunc); ok {
		report(done, total, message)
	}
}
