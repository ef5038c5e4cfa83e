package sandbox

import (
	"encoding/json"

	"countersign/internal/hostup"
)

// JobForm is the form of the answers about jobs. The page of today's was not
// seen, so a client has to read all that are known.
type JobForm string

// The forms.
const (
	// JobEnvelope is that of the page before ("get-jobs-jobid"), the only page that
	// shows one; it is the form unless another is ordered.
	JobEnvelope JobForm = "envelope"
	// JobAtTop has the same members without the envelope [inferred].
	JobAtTop JobForm = "top"
	// JobAsOperation is that of the answer which queued the job [inferred].
	JobAsOperation JobForm = "operation"
	// JobOfModule is what the vendor's own module reads: status with a word of its
	// own for a job that runs, data and reason.
	JobOfModule JobForm = "module"
)

// jobEnvelope is what stands around an answer of the page before.
type jobEnvelope struct {
	Success   bool    `json:"success"`
	Timestamp string  `json:"timestamp"`
	RequestID string  `json:"requestId"`
	Data      jobWire `json:"data"`
}

type jobOfModule struct {
	Status hostup.JobStatus  `json:"status"`
	Data   []json.RawMessage `json:"data"`
	Reason *string           `json:"reason"`
}

// jobAnswer is the answer about a job in the form that is in force.
func (s *Sandbox) jobAnswer(j *job, host string) any {
	now := s.kit.Clock.Now()
	switch s.jobForm {
	case JobAtTop:
		return j.wire(now)
	case JobAsOperation:
		return hostup.QueuedAction{Operation: j.operation(now, host)}
	case JobOfModule:
		out := jobOfModule{Status: j.status(now), Data: []json.RawMessage{}}
		if !out.Status.Over() {
			out.Status = "processing"
		}
		if out.Status == hostup.JobFailed {
			out.Reason = unlessEmpty(j.wire(now).ProgressMessage)
		}
		return out
	case JobEnvelope, "":
	}
	return jobEnvelope{Success: true, Timestamp: *at(now), RequestID: s.kit.Seed.ULID("req"), Data: j.wire(now)}
}
