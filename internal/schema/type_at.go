package schema

// TypeAt returns the JSON type of the argument at a path of property names, such as
// "integer"; empty where the schema has no such argument.
func (s *Schema) TypeAt(path ...string) string {
	at := s.reflected().root
	for _, name := range path {
		if at == nil || at.Properties == nil {
			return ""
		}
		next, ok := at.Properties.Get(name)
		if !ok {
			return ""
		}
		at = next
	}
	if at == nil {
		return ""
	}
	return at.Type
}
