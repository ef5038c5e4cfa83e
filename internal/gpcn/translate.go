package gpcn

import "countersign/internal/cloud"

// optional is a value that may be null, as it came: for IDs.
func optional[T ~string](s *T) T {
	if s == nil {
		return ""
	}
	return *s
}

// optionalText cleans a text that may be null.
func optionalText(s *string) string { return cloud.CleanText(optional(s)) }

// pointed is a pointer to a value that is sent; nil for the zero value, which
// is not.
func pointed[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}
