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

// ErrNotFound says that there is no such row or record.
var ErrNotFound = errors.New("store: not found")

// ErrConflict says that a row was not in the state that the caller expected, because
// another process or goroutine changed it first.
var ErrConflict = errors.New("store: changed meanwhile")

// ErrTransition says that an operation cannot go from the one state to the other.
var ErrTransition = errors.New("store: no such transition")

// Operation is one call with an effect above read, from the question to its outcome.
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
	// Plan is the plan as it was shown; PlanDigest is what the approval is bound to.
	Plan       json.RawMessage
	PlanDigest string
	Summary    string
	// Equal is the key that plans of equal creates share; empty when it makes nothing.
	Equal string
	// Marker is a text put on the created resource, so that it can be found again.
	Marker string
	// Needs says whose approval the rules required when the question was asked.
	Needs string
	// Charge is JSON: the running resources and the cost that it adds; empty for calls
	// that add none.
	Charge json.RawMessage
	// Grant is the ID of the standing grant that it draws from, or empty.
	Grant string
	// Nonce is the one-time token of a question that was asked in a form.
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
	// Jobs is JSON: the cloud's jobs as they were last read.
	Jobs json.RawMessage
	// Result and Failure are JSON: the response to the agent.
	Result  json.RawMessage
	Failure json.RawMessage
	// ClosedBy is the person who reported the outcome of an operation whose outcome
	// was unknown.
	ClosedBy string
	// DeliveredAt is when the result was sent to the client; zero until then.
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
	// Charged keeps only those with a Charge.
	Charged bool
	// EndedAfter keeps only those that have not ended, or ended after it.
	EndedAfter time.Time
	// Undelivered keeps only those whose final result was not sent to a client; a
	// running operation has no final result yet.
	Undelivered bool
	// Before is the ID of the last operation of the page before (newest first); an
	// unknown ID is ErrNotFound.
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

// Broken is the first break of an audit chain: the number of the record, and why.
type Broken struct {
	Seq    int64
	Reason string
}

// Snapshot is the audit chain at one moment.
type Snapshot struct {
	// Base and Head are the beginning and the end of the chain as they are stored apart
	// from the records; nil where that row was removed.
	Base *Base
	Head *Head
	// Records calls yield for every record after a number until it returns false.
	// A record that cannot be read is an *UnreadableError.
	Records func(after int64, yield func(Record) bool) error
}

// UnreadableError says that a stored record cannot be read, because it was changed.
type UnreadableError struct {
	Seq int64
	Err error
}

// Error implements error.
func (e *UnreadableError) Error() string { return fmt.Sprintf("record %d: %v", e.Seq, e.Err) }

// Unwrap returns the reason.
func (e *UnreadableError) Unwrap() error { return e.Err }

// Witness receives every head of the audit chain and saves it outside of the store.
// Somebody who can write the store can recompute the whole chain, and only a head
// that was saved elsewhere shows it.
type Witness interface {
	// Ready returns an error while heads cannot be saved. No new operation is stored
	// then.
	Ready() error
	// Saw is called after a head is durable and before the write that moved it returns.
	// Several goroutines call it, not always in order.
	Saw(head Head)
}

// Name is a name that a resource had, and when.
type Name struct {
	Account, Kind, ID, Name string
	FirstSeen, LastSeen     time.Time
}

// Instance is one process that shares the store. Client is the process that
// started it; a process below that one may not approve.
type Instance struct {
	ID            string
	PID           int
	StartedAt     time.Time
	ClientPID     int
	ClientStarted int64 // start time of the client process, as the system reports it
	// ClientGroup is the system's group (such as a cgroup) of the client's processes,
	// detached ones included; empty where the system has none.
	ClientGroup string
}

// PIN is the approver's PIN with the count of failed tries.
type PIN struct {
	// Hash is the hash of the PIN; empty when no PIN is set.
	Hash string
	// Wrong counts the wrong tries since the last right one.
	Wrong int
	// LockedUntil is when the next try may be made; zero when it is not locked.
	LockedUntil time.Time
	// Version counts changes; UpdatePIN compares and increments it.
	Version int64
}

// Store is the interface of every implementation; package storetest has its tests.
//
// All writes are durable: when a method returns without an error, its changes
// survive kill -9 of this process.
type Store interface {
	// InsertOperation stores a new operation; its Version becomes 1. Records are
	// appended to the audit chain in the same transaction. It returns
	// ErrConflict while another open operation has the same Call.
	InsertOperation(ctx context.Context, op *Operation, records ...Record) error
	// UpdateOperation replaces an operation if its stored Version and State are
	// still op.Version and from; otherwise it returns ErrConflict and changes
	// nothing. It returns ErrNotFound for an unknown ID and ErrTransition for a step
	// that is not in Transitions. On success it increments op.Version. Records are
	// appended in the same transaction.
	UpdateOperation(ctx context.Context, op *Operation, from State, records ...Record) error
	// Reserve does what UpdateOperation does, or InsertOperation where from is empty,
	// if hold returns nil. hold runs in the same write transaction, so that concurrent
	// calls of Reserve see each other's changes.
	Reserve(ctx context.Context, op *Operation, from State, hold Condition, records ...Record) error
	// Operation returns one operation or ErrNotFound.
	Operation(ctx context.Context, id string) (Operation, error)
	// Operations returns operations, newest first, in the order in which they were
	// inserted; the clocks of the processes do not matter.
	Operations(ctx context.Context, q OperationQuery) ([]Operation, error)

	// InsertGrant stores a new grant; its Version becomes 1. It returns ErrConflict
	// where a grant with the same ID or the same operation exists.
	InsertGrant(ctx context.Context, g *Grant, records ...Record) error
	// UpdateGrant replaces a grant if its stored Version is still g.Version; otherwise
	// it returns ErrConflict. It returns ErrNotFound for an unknown ID.
	UpdateGrant(ctx context.Context, g *Grant, records ...Record) error
	// Grant returns one grant or ErrNotFound.
	Grant(ctx context.Context, id string) (Grant, error)
	// Grants returns grants, newest first.
	Grants(ctx context.Context, q GrantQuery) ([]Grant, error)

	// Append adds records to the audit chain; Seq, Prev and Hash are set here.
	Append(ctx context.Context, records ...Record) error
	// LastRecord returns the last record of one of these kinds, or ErrNotFound.
	LastRecord(ctx context.Context, kinds ...string) (Record, error)
	// RecordsOf returns the audit records of one operation, oldest first.
	RecordsOf(ctx context.Context, operation string) ([]Record, error)
	// Records calls yield for every audit record in order until it returns false.
	Records(ctx context.Context, afterSeq int64, yield func(Record) bool) error
	// ReadAudit calls read with the chain as it is at one moment. The snapshot is valid
	// until read returns.
	ReadAudit(ctx context.Context, read func(Snapshot) error) error
	// CompactAudit removes the first records up to c.Base and what else c names,
	// and appends the record that vouches for it, all in one transaction. It
	// returns ErrConflict, and changes nothing, where the chain does not have the
	// record c.Base or where a record of an open operation or grant would be removed.
	CompactAudit(ctx context.Context, c Compaction) (Compacted, error)

	// SeeNames stores that resources had these names from FirstSeen to LastSeen, and
	// widens the times of names that are stored already. A zero FirstSeen means
	// LastSeen. A zero LastSeen is an error, and then no name is stored.
	SeeNames(ctx context.Context, names ...Name) error
	// Names returns the names that a resource had since the given time, oldest first.
	Names(ctx context.Context, account, kind, id string, since time.Time) ([]Name, error)

	// PIN returns the approver's PIN; its Version is 0 where no PIN was ever set.
	PIN(ctx context.Context) (PIN, error)
	// UpdatePIN replaces it if its stored Version is still p.Version; otherwise
	// it returns ErrConflict and changes nothing. On success p.Version is
	// incremented. Records are appended in the same transaction.
	UpdatePIN(ctx context.Context, p *PIN, records ...Record) error

	// PutInstance stores a process and replaces the one with the same ID.
	PutInstance(ctx context.Context, i Instance) error
	// Instance returns a process or ErrNotFound.
	Instance(ctx context.Context, id string) (Instance, error)
	// Instances returns all processes that were ever stored, in no particular order.
	Instances(ctx context.Context) ([]Instance, error)

	// Close closes this handle and no other one. A second Close does nothing.
	Close() error
}
