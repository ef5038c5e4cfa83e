package rest

// maxDepth is how deeply an answer may be nested; documented ones are below 10.
const maxDepth = 64

// tooDeep reports whether JSON is nested more deeply than any answer of a vendor.
// It looks at brackets only: what is no JSON is found by the decoder.
func tooDeep(body []byte) bool {
	depth, inString, escaped := 0, false, false
	for _, b := range body {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = b == '\\', b != '"'
		case b == '"':
			inString = true
		case b == '{', b == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case b == '}', b == ']':
			depth--
		}
	}
	return false
}
