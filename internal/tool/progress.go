package tool

import "context"

type progressKey struct{}

// ProgressFunc reports how far a call is: done of total, and a sentence.
type ProgressFunc func(done, total float64, message string)

// WithProgress lets the tools below report progress.
func WithProgress(ctx context.Context, report ProgressFunc) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// Progress reports progress where the caller asked for it.
func Progress(ctx context.Context, done, total float64, message string) {
	if report, ok := ctx.Value(progressKey{}).(ProgressFunc); ok {
		report(done, total, message)
	}
}
