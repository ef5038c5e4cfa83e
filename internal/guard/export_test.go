package guard

// What binds a row of the state to its record, for tests of what it covers.
var (
	OperationDigest = operationDigest
	GrantDigest     = grantDigest
)
