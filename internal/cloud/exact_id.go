package cloud

import "strings"

// IsUUID reports whether s is a UUID in its usual form: 32 hexadecimal digits of
// either case in five groups.
func IsUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
				return false
			}
		}
	}
	return true
}

// ByUUID calls request with an ID of a cloud whose IDs are UUIDs. It sends no
// request for an ID of another form and returns an ErrUnknownID instead.
func ByUUID[ID ~string, Out any](account AccountName, operation string, id ID, request func(ID) (Out, error)) (Out, error) {
	if !IsUUID(string(id)) {
		var none Out
		return none, &Error{
			Kind: ErrUnknownID, Account: account, Operation: operation,
			Message: "no such ID in this account: IDs of this cloud are UUIDs such as 123e4567-e89b-12d3-a456-426614174000",
			Hint:    "Take the exact ID from a list of this account; names are never resolved.",
		}
	}
	return request(id)
}

// SameID returns an error unless the response is about the very ID that was
// requested. A vendor may ignore the case of an ID; an ID that differs in case is an
// ErrUnknownID with the exact one as a candidate, any other an ErrUnavailable.
func SameID[ID ~string](account AccountName, operation string, requested, answered ID) error {
	switch {
	case requested == answered:
		return nil
	case strings.EqualFold(string(requested), string(answered)):
		return &Error{
			Kind: ErrUnknownID, Account: account, Operation: operation,
			Message: "the exact ID is written in another case", Hint: "Call with the ID of candidates.",
			Candidates: []Candidate{{ID: string(answered)}},
		}
	}
	return &Error{
		Kind: ErrUnavailable, Account: account, Operation: operation,
		Message: "the cloud answered about another ID than the one asked for", Hint: "Try again later; if it lasts, tell the user.",
	}
}
