package gpcn

import "countersign/internal/cloud"

// optional returns a value that may be null, unchanged; it is for IDs.
func optional[T ~string](s *T) T {
	if s == nil {
		return ""
	}
	return *s
}

// optionalText cleans a text that may be null.
func optionalText(s *string) string { return cloud.CleanText(optional(s)) }

// pointed returns a pointer to a value; nil for the zero value, which is not sent.
func pointed[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
