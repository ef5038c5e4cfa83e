package rest

// maxDepth is the greatest nesting depth of a response; documented ones are below 10.
const maxDepth = 64

// tooDeep reports whether JSON is nested more deeply than maxDepth. It looks at brackets
// only, because the decoder finds invalid JSON.
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
