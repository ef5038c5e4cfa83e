package guard

// The digests that bind a row to its record, for the test of which fields they cover.
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
