package guard

// The digests that bind a row to its record, for the test of which fields they cover.
var (
	OperationDigest = operationDigest
	GrantDigest     = grantDigest
)
