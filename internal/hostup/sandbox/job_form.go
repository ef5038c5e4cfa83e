package sandbox

import (
	"encoding/json"

	"countersign/internal/hostup"
)

// JobForm is the form of responses about jobs. No source shows the present one, so a
// client has to read all known forms.
type JobForm string

// The forms.
const (
	// JobEnvelope is the form of the legacy page "get-jobs-jobid", the only page that
	// shows one. It is the default.
	JobEnvelope JobForm = "envelope"
	// JobAtTop has the same members without the envelope [inferred].
	JobAtTop JobForm = "top"
	// JobAsOperation is the form of the response that queued the job [inferred].
	JobAsOperation JobForm = "operation"
	// JobOfModule is the form that the vendor's own module reads: status, with its own
	// word for a running job, data and reason.
	JobOfModule JobForm = "module"
)

// jobEnvelope is the envelope of the legacy page.
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

// jobAnswer returns the response about a job in the form that is set.
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
