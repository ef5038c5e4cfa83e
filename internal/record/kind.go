package record

// The kinds of audit records, in the order in which an operation can have them.
const (
	Asked     = "asked"
	Allowed   = "allowed"
	Forbidden = "forbidden"
	Drawn     = "drawn"
	Approved  = "approved"
	Denied    = "denied"
	NoAnswer  = "no_answer"
	Expired   = "expired"
	Withdrawn = "withdrawn"
	Drifted   = "drifted"
	Sent      = "sent"
	Running   = "running"
	Done      = "done"
	Failed    = "failed"
	Unknown   = "unknown"
	Unclear   = "unclear"
	Settled   = "settled"
	Delivered = "delivered"
	Granted   = "granted"
	Revoked   = "revoked"
	Closed    = "closed"
)

// The kinds of audit records about the approver's PIN.
const (
	PINSet     = "pin_set"
	PINChanged = "pin_changed"
	PINRemoved = "pin_removed"
	PINRight   = "pin_right"
	PINWrong   = "pin_wrong"
)

// Kinds returns all kinds, except that of the record of a compaction.
func Kinds() []string {
	return []string{
		Asked, Allowed, Forbidden, Drawn, Approved, Denied, NoAnswer, Expired, Withdrawn, Drifted, Sent, Running, Done, Failed,
		Unknown, Unclear, Settled, Delivered, Granted, Revoked, Closed,
		PINSet, PINChanged, PINRemoved, PINRight, PINWrong,
	}
}
