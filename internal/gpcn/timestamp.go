package gpcn

import (
	"encoding/json"
	"time"
)

// timestampLayout is the vendor's form: UTC with milliseconds.
const timestampLayout = "2006-01-02T15:04:05.000Z"

// Timestamp is a point in time as the vendor sent it; empty stands for null.
type Timestamp string

// NewTimestamp returns a time in the vendor's form.
func NewTimestamp(t time.Time) Timestamp { return Timestamp(t.UTC().Format(timestampLayout)) }

// MarshalJSON writes an empty one as null.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// Time returns the point in time, in UTC; nil where the vendor sent none.
func (t Timestamp) Time() *time.Time {
	at, err := time.Parse(time.RFC3339Nano, string(t))
	if err != nil {
		return nil
	}
	at = at.UTC()
	return &at
}
