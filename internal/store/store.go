// Package store keeps what must outlive a process: operations with their
// approvals, standing grants, the approver's PIN, the audit chain, and the names that
// things had. Several processes share one store; every transition is a compare-and-set.
//
// It must never know a cloud, a tool or MCP, and it never holds a secret: what
// is secret reaches it as a MAC or not at all.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrNotFound says that no such record exists.
var ErrNotFound = errors.New("store: not found")

// ErrConflict says that the record was not in the state that the caller
// expected; somebody else was first.
var ErrConflict = errors.New("store: changed meanwhile")

// ErrTransition says that an operation cannot go from the one state to the other.
var ErrTransition = errors.New("store: no such transition")

// Operation is one call above a read, from the question to its outcome.
type Operation struct {
	ID        string // "op_" and 20 lower-case letters and digits
	Principal string
	Tool      string
	Account   string
	Effect    string // the highest effect, as a word
	State     State
	// Call is the digest of tool, canonical arguments and principal; the same
	// call has the same digest in every process.
	Call string
	// Arguments are canonical, secrets replaced by MACs.
	Arguments json.RawMessage
	// Plan is the plan as it was shown; PlanDigest is what approval is bound to.
	Plan       json.RawMessage
	PlanDigest string
	Summary    string
	// Equal is the plan's key of equal creates; empty when it makes nothing.
	Equal string
	// Marker is left on what is made, so that it can be found again.
	Marker string
	// Needs is the outcome of the rules when it was asked: whose yes it takes.
	Needs string
	// Charge is JSON: what it adds to what runs and costs; empty for calls that add
	// nothing.
	Charge json.RawMessage
	// Grant is the standing grant that it draws from; empty for none.
	Grant string
	// Nonce is the one-time token of a question asked through a form.
	Nonce string
	// Instance is the process that asked or executes.
	Instance  string
	CreatedAt time.Time
	AskedAt   time.Time // when a form was last shown; zero when none was
	ExpiresAt time.Time
	// Approver, Road and Terminal say who answered, and how.
	Approver   string
	Road       string
	Terminal   string
	AnsweredAt time.Time
	SentAt     time.Time // when the intent was journaled
	EndedAt    time.Time
	// Jobs is JSON: the jobs of the cloud, as they were last seen.
	Jobs json.RawMessage
	// Result and Failure are JSON: what is handed to the agent.
	Result  json.RawMessage
	Failure json.RawMessage
	// ClosedBy is the person who said what became of it when nobody could find out.
	ClosedBy string
	// DeliveredAt is when the result reached the client; zero until then.
	DeliveredAt time.Time
	// Version counts changes; Update compares and increments it.
	Version int64
}

// OperationQuery selects operations; zero fields do not filter.
type OperationQuery struct {
	Principal string
	Tool      string
	Call      string
	Equal     string
	Account   string
	Grant     string
	States    []State
	// Charged keeps only those that add to what runs and costs.
	Charged bool
	// EndedAfter keeps only those that have not ended, or ended after it.
	EndedAfter time.Time
	// Undelivered keeps only those whose final result has not reached a client; a
	// running operation has none yet.
	Undelivered bool
	// Before is the ID after which the page goes on (newest first); an unknown
	// one is ErrNotFound.
	Before string
	// Limit is how many are returned at most; 0 returns all.
	Limit int
}

// Record is one line of the audit chain. Hash covers Prev and all other fields.
type Record struct {
	Seq       int64
	At        time.Time
	Operation string
	Kind      string // "asked", "approved", "sent", "done", …
	Body      json.RawMessage
	Prev      string
	Hash      string
}

// Broken is the first record at which the audit chain does not hold.
type Broken struct {
	Seq    int64
	Reason string
}

// Snapshot is the audit chain as it is at one moment.
type Snapshot struct {
	// Base and Head are where the chain begins and was left, as they are kept apart
	// from the records; nil where they are gone.
	Base *Base
	Head *Head
	// Records calls yield for every record after a number until it returns false.
	// A record that cannot be read is an *UnreadableError.
	Records func(after int64, yield func(Record) bool) error
}

// UnreadableError is a record that was changed so that it cannot be read.
type UnreadableError struct {
	Seq int64
	Err error
}

// Error implements error.
func (e *UnreadableError) Error() string { return fmt.Sprintf("record %d: %v", e.Seq, e.Err) }

// Unwrap returns the reason.
func (e *UnreadableError) Unwrap() error { return e.Err }

// Witness is told of every head of the audit chain. Whoever can write the store
// can recompute the chain; a witness elsewhere finds that.
type Witness interface {
	// Ready says why a head cannot be written down now; while it cannot, no new
	// operation begins.
	Ready() error
	// Saw is called when a head is durable and before the write that moved it
	// returns, by several goroutines and not always in order.
	Saw(head Head)
}

// Name is a name that a thing had.
type Name struct {
	Account, Kind, ID, Name string
	FirstSeen, LastSeen     time.Time
}

// Instance is one process that shares the store. Client is the process that
// started it, under which nobody may approve.
type Instance struct {
	ID            string
	PID           int
	StartedAt     time.Time
	ClientPID     int
	ClientStarted int64 // start time of the client process, as the system tells it
	// ClientGroup is what the system keeps the client's processes together in, even
	// those that were cut loose; empty where it does not.
	ClientGroup string
}

// PIN is the PIN that approving asks for, and what was tried against it.
type PIN struct {
	// Hash is what the PIN is compared with; empty when there is none.
	Hash string
	// Wrong counts the wrong tries since the last right one.
	Wrong int
	// LockedUntil is when the next try may be made; zero when nothing locks it.
	LockedUntil time.Time
	// Version counts changes; UpdatePIN compares and increments it.
	Version int64
}

// Store is the contract that every implementation passes with one suite.
//
// Insert, Update and Append write durably: when they return without an error,
// the record survives kill -9 of this process.
type Store interface {
	// InsertOperation stores a new operation; its Version becomes 1. Records are
	// appended to the audit chain in the same transaction. It returns
	// ErrConflict while another open operation has the same Call.
	InsertOperation(ctx context.Context, op *Operation, records ...Record) error
	// UpdateOperation replaces an operation if its stored Version and State are
	// still op.Version and from; otherwise it returns ErrConflict and changes
	// nothing. An ID that is not there is ErrNotFound, and a step that is not in
	// Transitions is ErrTransition. On success op.Version is incremented. Records
	// are appended in the same transaction.
	UpdateOperation(ctx context.Context, op *Operation, from State, records ...Record) error
	// Reserve is UpdateOperation, or InsertOperation where from is empty, if hold
	// accepts the store as it stands: of several who reserve at once, each sees
	// what those before it have stored.
	Reserve(ctx context.Context, op *Operation, from State, hold Condition, records ...Record) error
	// Operation returns one operation or ErrNotFound.
	Operation(ctx context.Context, id string) (Operation, error)
	// Operations returns operations, newest first: the last inserted is first,
	// whatever the clocks of the processes said.
	Operations(ctx context.Context, q OperationQuery) ([]Operation, error)

	// InsertGrant stores a new grant; its Version becomes 1. It returns ErrConflict
	// where the ID, or a grant of the same operation, is there already.
	InsertGrant(ctx context.Context, g *Grant, records ...Record) error
	// UpdateGrant replaces a grant if its stored Version is still g.Version; otherwise
	// it returns ErrConflict. An ID that is not there is ErrNotFound.
	UpdateGrant(ctx context.Context, g *Grant, records ...Record) error
	// Grant returns one grant or ErrNotFound.
	Grant(ctx context.Context, id string) (Grant, error)
	// Grants returns grants, newest first.
	Grants(ctx context.Context, q GrantQuery) ([]Grant, error)

	// Append adds records to the audit chain; Seq, Prev and Hash are set here.
	Append(ctx context.Context, records ...Record) error
	// LastRecord returns the last record that is of one of these kinds, or
	// ErrNotFound.
	LastRecord(ctx context.Context, kinds ...string) (Record, error)
	// RecordsOf returns the audit records of one operation, oldest first.
	RecordsOf(ctx context.Context, operation string) ([]Record, error)
	// Records calls yield for every audit record in order until it returns false.
	Records(ctx context.Context, afterSeq int64, yield func(Record) bool) error
	// ReadAudit gives the chain to read as it is at one moment. The snapshot is good
	// until read returns.
	ReadAudit(ctx context.Context, read func(Snapshot) error) error
	// CompactAudit removes the first records up to c.Base and what else c names,
	// and appends the record that vouches for it, all in one transaction. It
	// returns ErrConflict, and changes nothing, where the chain has no such record
	// or one of an operation or grant that is still open would go.
	CompactAudit(ctx context.Context, c Compaction) (Compacted, error)

	// SeeNames remembers that things had these names from FirstSeen to LastSeen;
	// it widens what is known already. A zero FirstSeen means LastSeen. A zero
	// LastSeen is an error, and then none is remembered.
	SeeNames(ctx context.Context, names ...Name) error
	// Names returns the names that a thing had since the given time, oldest first.
	Names(ctx context.Context, account, kind, id string, since time.Time) ([]Name, error)

	// PIN returns the approver's PIN; its Version is 0 where none was ever set.
	PIN(ctx context.Context) (PIN, error)
	// UpdatePIN replaces it if its stored Version is still p.Version; otherwise
	// it returns ErrConflict and changes nothing. On success p.Version is
	// incremented. Records are appended in the same transaction.
	UpdatePIN(ctx context.Context, p *PIN, records ...Record) error

	// PutInstance registers a process, replacing what its ID had before.
	PutInstance(ctx context.Context, i Instance) error
	// Instance returns a process or ErrNotFound.
	Instance(ctx context.Context, id string) (Instance, error)
	// Instances returns all processes that were ever registered, in no order.
	Instances(ctx context.Context) ([]Instance, error)

	// Close gives the handle up; other handles go on. A second Close is harmless.
	Close() error
}
