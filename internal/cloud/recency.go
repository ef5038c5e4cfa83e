package cloud

import "time"

// Recency says whether a request can have made something, by its creation time.
type Recency int

const (
	// TooOld means that it was there long before the request.
	TooOld Recency = iota
	// Doubtful means that it has no creation time, or is older than clocks normally differ, but
	// not much older. A clock can be wrong.
	Doubtful
	// Fresh means that it was created since the request was sent.
	Fresh
)

const (
	// clockSkew is how much clocks of clouds and of this machine normally differ.
	clockSkew = time.Minute
	// wrongClock is how far a clock may be wrong without something being missed.
	wrongClock = 15 * time.Minute
)

// RecencyOf compares the creation time of something, nil where it is unknown, with when
// the request that may have made it was sent.
func RecencyOf(created *time.Time, sent time.Time) Recency {
	switch {
	case created == nil:
		return Doubtful
	case !created.Before(sent.Add(-clockSkew)):
		return Fresh
	case created.After(sent.Add(-wrongClock)):
		return Doubtful
	}
	return TooOld
}
