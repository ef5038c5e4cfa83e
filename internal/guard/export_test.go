package guard

// What binds a row of the state to its record, for tests of what it covers.
var (
	OperationDigest = operationDigest
	GrantDigest     = grantDigest
)

// Handed counts the results that are remembered as handed over.
func (s *Shared) Handed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.handed)
}
