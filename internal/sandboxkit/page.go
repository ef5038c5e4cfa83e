package sandboxkit

// Offset returns the items of one page and whether more follow. A limit below 1 means no
// limit; an offset outside of the list gives an empty page.
func Offset[T any](items []T, limit, offset int) (page []T, hasNext bool) {
	start := min(max(offset, 0), len(items))
	end := len(items)
	if limit > 0 && limit < end-start {
		end = start + limit
	}
	return items[start:end:end], end < len(items)
}
