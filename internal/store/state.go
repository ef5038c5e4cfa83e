package store

// State is the state of an operation.
type State string

// The states of an operation. Waiting, Approved, Executing, Running and Unknown
// are open; the others are final.
const (
	Waiting   State = "waiting"
	Approved  State = "approved"
	Executing State = "executing"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Unknown   State = "unknown"
	Denied    State = "denied"
	Expired   State = "expired"
	Withdrawn State = "withdrawn"
	Drifted   State = "drifted"
)

// Meaning is a state with its description.
type Meaning struct {
	State State
	Text  string
}

// Meanings lists all states, the open ones first.
func Meanings() []Meaning {
	return []Meaning{
		{Waiting, "a person has been asked, or is to be asked"},
		{Approved, "a person said yes; the call has to be repeated"},
		{Executing, "the intent is written down, the request may have left"},
		{Running, "the cloud has accepted it and goes on with it; get_operation shows its jobs"},
		{Unknown, "it was sent, and it is not known whether it was carried out"},
		{Done, "carried out"},
		{Failed, "certainly not carried out, or begun by the cloud and not brought to an end"},
		{Denied, "a person said no"},
		{Expired, "nobody answered, or the approval was not used"},
		{Withdrawn, "cancelled before it was carried out"},
		{Drifted, "what was approved is not what would happen now"},
	}
}

// States lists all states, the open ones first.
func States() []State {
	var all []State
	for _, m := range Meanings() {
		all = append(all, m.State)
	}
	return all
}

// Open reports whether the operation can still change.
func (s State) Open() bool {
	return s == Waiting || s == Approved || s == Executing || s == Running || s == Unknown
}

// Transition is one step that an operation can take.
type Transition struct {
	// From is empty for the step with which an operation begins.
	From, To State
	// When says, as a clause, in which case it is taken.
	When string
}

// Transitions lists all steps. Every implementation refuses any other step, and the
// manual's diagram is made from this table. A step from a state to itself changes
// other fields of the operation.
func Transitions() []Transition {
	return []Transition{
		{"", Waiting, "a person has to be asked"},
		{"", Executing, "the rules ask nobody, or a standing grant covers it"},

		{Waiting, Waiting, "an answer came too fast to be one"},
		{Waiting, Approved, "a person says yes"},
		{Waiting, Denied, "a person says no"},
		{Waiting, Expired, "nobody answers in time, or too many questions wait"},
		{Waiting, Withdrawn, "the agent cancels it"},

		{Approved, Executing, "the call is repeated and its plan is still the same"},
		{Approved, Drifted, "the call is repeated and its plan is another one, or the audit knows of no such yes"},
		{Approved, Denied, "a person says no after all"},
		{Approved, Expired, "the call is not repeated in time"},
		{Approved, Withdrawn, "the agent cancels it"},

		{Executing, Executing, "the request leaves"},
		{Executing, Running, "the cloud accepts it and goes on with it"},
		{Executing, Done, "the cloud carries it out"},
		{Executing, Failed, "the cloud refuses it"},
		{Executing, Unknown, "the answer is lost, or the process ends"},
		{Executing, Withdrawn, "an equal call was faster and nothing was sent"},

		{Running, Running, "a job gets on, or the result reaches the client"},
		{Running, Done, "its jobs end and something is done"},
		{Running, Failed, "its jobs fail or are cancelled"},
		{Running, Unknown, "the cloud does not show its jobs any more"},

		{Unknown, Done, "the cloud shows what came of it, or a person says so"},
		{Unknown, Failed, "the cloud shows no trace of it, or a person says so"},

		{Done, Done, "the result reaches the client"},
		{Failed, Failed, "the failure reaches the client"},
		{Denied, Denied, "the no reaches the client"},
	}
}

// CanBecome reports whether an operation can go from this state to another one.
func (s State) CanBecome(to State) bool {
	for _, t := range Transitions() {
		if t.From == s && t.To == to {
			return true
		}
	}
	return false
}
